// The nodes of this cluster as the CC knows them: from their registrations, their beats and, after a restart of the CC, from the CLC.
import type { DaemonFacts, DaemonView, Heartbeat } from '@educloud/contracts';
import type { KnownNode } from './rank.ts';

export interface Nodes {
  registered(node: { id: string; name: string; url: string; epoch: number; facts: DaemonFacts }): void;
  /** From the CLC's list; what was heard directly is newer and stays. */
  learn(views: DaemonView[]): void;
  beat(beat: Heartbeat['beats'][number]): void;
  facts(id: string, facts: DaemonFacts): void;
  get(id: string): KnownNode | null;
  all(): KnownNode[];
}

export function createNodes(now: () => number): Nodes {
  const known = new Map<string, KnownNode>();
  const fresh = (id: string, name: string, url: string, facts: DaemonFacts, heardAt: number): KnownNode => ({
    id, name, url, facts, heardAt, load1: 0, memoryFreeMiB: facts.capacity?.memoryMiB ?? 0, freeDiskBytes: facts.capacity?.freeDiskBytes ?? 0, guests: 0,
  });
  return {
    registered: (node) => void known.set(node.id, fresh(node.id, node.name, node.url, node.facts, now())),
    learn(views) {
      for (const v of views) if (!known.has(v.id)) known.set(v.id, fresh(v.id, v.name, v.url, v.facts, v.lastBeatAt ?? 0));
    },
    beat({ id, load1, memoryFreeMiB, freeDiskBytes, guests }) {
      const node = known.get(id);
      if (node) Object.assign(node, { load1, memoryFreeMiB, freeDiskBytes, guests, heardAt: now() });
    },
    facts(id, facts) {
      const node = known.get(id);
      if (node) node.facts = facts;
    },
    get: (id) => known.get(id) ?? null,
    all: () => [...known.values()],
  };
}
