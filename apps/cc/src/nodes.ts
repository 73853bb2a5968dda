// The nodes of this cluster as the CC knows them: from their registrations, their beats and, after a restart of the CC, from the CLC.
import type { ClusterNode, DaemonFacts, Heartbeat } from '@educloud/contracts';
import { isIPv4 } from 'node:net';
import type { KnownNode } from './rank.ts';

export interface Nodes {
  registered(node: { id: string; name: string; url: string; epoch: number; facts: DaemonFacts; messageKey: string }): void;
  /** From the CLC's list; what was heard directly is newer and stays. */
  learn(views: ClusterNode[]): void;
  beat(beat: Heartbeat['beats'][number]): void;
  facts(id: string, facts: DaemonFacts): void;
  /** It was named as the best for somebody who wants so much. */
  promised(id: string, memoryMiB: number): void;
  get(id: string): KnownNode | null;
  /** Of each known node. */
  keyOf(id: string): string | null;
  /** IPv4 address at which the forwarded ports of a node listen; null: it is not known. */
  accessIp(id: string): string | null;
  all(): KnownNode[];
}

export function createNodes(now: () => number): Nodes {
  const known = new Map<string, KnownNode>();
  const keys = new Map<string, string>();
  let named = 0;
  const fresh = (id: string, name: string, url: string, facts: DaemonFacts, heardAt: number): KnownNode => ({
    id, name, url, facts, heardAt, load1: 0, memoryFreeMiB: facts.capacity?.memoryMiB ?? 0, freeDiskBytes: facts.capacity?.freeDiskBytes ?? 0, guests: 0, promisedMiB: 0, lastNamed: 0,
  });
  return {
    registered(node) {
      known.set(node.id, fresh(node.id, node.name, node.url, node.facts, now()));
      keys.set(node.id, node.messageKey);
    },
    learn(views) {
      for (const v of views) {
        if (known.has(v.id)) continue;
        // Its last beat may have died with those who heard it: one that was up has its full time from now on.
        known.set(v.id, fresh(v.id, v.name, v.url, v.facts, v.state === 'up' ? now() : (v.lastBeatAt ?? 0)));
        keys.set(v.id, v.messageKey);
      }
    },
    beat({ id, load1, memoryFreeMiB, freeDiskBytes, guests }) {
      const node = known.get(id);
      if (node) Object.assign(node, { load1, memoryFreeMiB, freeDiskBytes, guests, promisedMiB: 0, heardAt: now() });
    },
    facts(id, facts) {
      const node = known.get(id);
      if (node) node.facts = facts;
    },
    promised(id, memoryMiB) {
      const node = known.get(id);
      if (!node) return;
      node.promisedMiB += memoryMiB;
      node.lastNamed = named += 1;
    },
    get: (id) => known.get(id) ?? null,
    keyOf: (id) => keys.get(id) ?? null,
    accessIp(id) {
      const node = known.get(id);
      const address = node ? (node.facts.network?.accessIp ?? new URL(node.url).hostname) : '';
      return isIPv4(address) ? address : null;
    },
    all: () => [...known.values()],
  };
}
