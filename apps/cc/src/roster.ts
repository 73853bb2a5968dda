// Whose nodes are ours, also right after a restart of the CC: what was not heard here, the CLC is asked. For relays, ranking and consoles.
import type { ClusterNode } from '@educloud/contracts';
import { CloudError, toWire } from '@educloud/errors';
import type { Nodes } from './nodes.ts';

export interface Roster {
  /** Asks the CLC until it has answered. After each registration. */
  learn(): void;
  /** @throws NOT_READY nobody can tell: the node has not registered here and the CLC does not answer */
  isOurs(nodeId: string): Promise<boolean>;
  /** The key that proves messages to and from one of our nodes; null: it is none of ours. @throws NOT_READY as above */
  keyOf(nodeId: string): Promise<string | null>;
  /** @throws NOT_READY the CLC has not named the nodes since the start */
  known(): Promise<void>;
  close(): void;
}

export interface RosterDeps {
  nodes: Nodes;
  myNodes(): Promise<ClusterNode[]>;
  now(): number;
  log: { warn(o: object, m: string): void };
  /** Pause before the n-th attempt. */
  pauseMs?(failures: number): number;
}

/** An answer counts for so long: strangers who keep speaking do not make us ask for each word. */
const FRESH_MS = 2_000;

export function createRoster(deps: RosterDeps): Roster {
  const { nodes, now, log } = deps;
  const pauseMs = deps.pauseMs ?? ((failures: number) => Math.min(3_000, 250 * 2 ** Math.min(failures, 10)));
  let answeredAt: number | null = null;
  let asking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let failures = 0;
  let closed = false;

  function ask(): Promise<void> {
    asking ??= deps.myNodes()
      .then((views) => {
        nodes.learn(views);
        answeredAt = now();
        failures = 0;
      })
      .catch((e: unknown) => {
        failures += 1;
        if (failures === 1 || failures % 20 === 0) log.warn({ error: toWire(e), failures }, 'the CLC did not name the nodes of this cluster; it is asked again');
        throw new CloudError('NOT_READY', 'the cluster controller does not know its nodes yet: the CLC does not name them', { cause: e });
      })
      .finally(() => { asking = null; });
    return asking;
  }

  function learn(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    ask().catch(() => {
      if (closed || timer) return;
      timer = setTimeout(learn, pauseMs(failures));
    });
  }

  async function isOurs(nodeId: string): Promise<boolean> {
    if (nodes.get(nodeId)) return true;
    if (answeredAt === null || now() - answeredAt > FRESH_MS) await ask();
    return nodes.get(nodeId) !== null;
  }

  return {
    learn,
    isOurs,
    keyOf: async (nodeId) => ((await isOurs(nodeId)) ? nodes.keyOf(nodeId) : null),
    async known() {
      if (answeredAt === null) await ask();
    },
    close() {
      closed = true;
      if (timer) clearTimeout(timer);
    },
  };
}
