// What the nodes say goes up: statuses one by one and in order, acked after the CLC's broker has them; beats gathered into one message.
import type { Bus } from '@educloud/bus';
import { CLC_BEAT_QUEUE, CLC_STATUS_QUEUE, ENVELOPE_VERSION, Heartbeat, NodeStatus, type Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { requireSeal } from '@educloud/tickets';
import type { Nodes } from '../nodes.ts';

const GATHER_MS = 500;
/** When all come back at once there are thousands, and a message has its limits. */
const BEATS_PER_MESSAGE = 500;

export interface StatusRelayDeps {
  identity(): { id: string; epoch: number } | null;
  clcBus: Bus;
  nodes: Nodes;
  /** Null: no node of this cluster. */
  keyOf(nodeId: string): Promise<string | null>;
  newId(): string;
}

export interface StatusRelay {
  status(envelope: Envelope): Promise<void>;
  /** Beats and progress: may be lost, never wait. */
  volatile(envelope: Envelope): Promise<void>;
  /** The CC's own beat travels with those of its nodes. */
  ownBeat(beat: Heartbeat['beats'][number]): void;
  close(): void;
}

export function createStatusRelay(deps: StatusRelayDeps): StatusRelay {
  const beats = new Map<string, Heartbeat['beats'][number]>();
  let timer: NodeJS.Timeout | null = null;

  const flush = (): void => {
    timer = null;
    const me = deps.identity();
    if (!me || beats.size === 0) return;
    const all = [...beats.values()];
    beats.clear();
    for (let at = 0; at < all.length; at += BEATS_PER_MESSAGE) {
      const body: Heartbeat = { beats: all.slice(at, at + BEATS_PER_MESSAGE) };
      deps.clcBus.publishVolatile(CLC_BEAT_QUEUE, {
        v: ENVELOPE_VERSION, id: deps.newId(), name: 'heartbeat', tid: null, jobId: null, target: null, source: { node: me.id, epoch: me.epoch }, generation: 0, seq: 0, deadline: null, trail: [], body,
      });
    }
  };
  const gather = (beat: Heartbeat['beats'][number]): void => {
    beats.set(beat.id, beat);
    timer ??= setTimeout(flush, GATHER_MS);
  };
  const withMe = (envelope: Envelope): Envelope => ({ ...envelope, trail: [...envelope.trail, deps.identity()?.id ?? 'cc'] });
  /** A node speaks for itself, proves it, and only nodes speak here. */
  const speaker = async (envelope: Envelope): Promise<string> => {
    const node = envelope.source?.node;
    if (!node?.startsWith('nc-')) throw new CloudError('MESSAGE_INVALID', `${envelope.name} ${envelope.id} does not come from a node`);
    const key = await deps.keyOf(node);
    if (key === null) throw new CloudError('WRONG_NODE', `${envelope.name} ${envelope.id}: ${node} is not a node of this cluster`);
    requireSeal(envelope, key);
    return node;
  };

  return {
    async status(envelope) {
      const node = await speaker(envelope);
      if (envelope.name === 'nodestatus') {
        const facts = NodeStatus.safeParse(envelope.body);
        if (facts.success) deps.nodes.facts(node, facts.data.facts);
      }
      await deps.clcBus.publish(CLC_STATUS_QUEUE, withMe(envelope));
    },
    async volatile(envelope) {
      const node = await speaker(envelope);
      if (envelope.name !== 'heartbeat') return deps.clcBus.publishVolatile(CLC_BEAT_QUEUE, withMe(envelope));
      const parsed = Heartbeat.safeParse(envelope.body);
      if (!parsed.success) throw new CloudError('MESSAGE_INVALID', `heartbeat ${envelope.id} of ${node} is malformed`);
      for (const beat of parsed.data.beats) {
        if (beat.id !== node) continue;
        deps.nodes.beat(beat);
        gather(beat);
      }
    },
    ownBeat: gather,
    close() {
      if (timer) clearTimeout(timer);
    },
  };
}
