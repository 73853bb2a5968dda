// The in-process broker that several daemons of one process share, and the names under which they find it.
import { DEAD_LETTER_QUEUE } from '@educloud/contracts';
import { Broker } from 'smqp';
import type { QueueKind } from '../interface.ts';
import { DEAD_LETTER_MAX_LENGTH, VOLATILE_MAX_LENGTH, VOLATILE_TTL_MS } from '../topology.ts';

/** What lies in an embedded queue; the same object over redeliveries, so it can count them (smqp has no delivery limit). */
export interface StoredMessage {
  bytes: Buffer;
  headers: Record<string, unknown>;
  deliveries: number;
}

/** Queues in memory: what they hold ends with the process. */
export interface EmbeddedBroker {
  readonly smqp: Broker;
  ensureQueue(name: string, kind: QueueKind): void;
  /** False when there is no such queue. */
  send(name: string, message: StoredMessage): boolean;
}

const OPTIONS: Record<QueueKind, Record<string, unknown>> = {
  command: { autoDelete: false, durable: true },
  volatile: { autoDelete: false, durable: true, messageTtl: VOLATILE_TTL_MS, maxLength: VOLATILE_MAX_LENGTH },
  'dead-letter': { autoDelete: false, durable: true, maxLength: DEAD_LETTER_MAX_LENGTH },
};

/** An empty one, with the queue of dead letters. */
export function createEmbeddedBroker(): EmbeddedBroker {
  const smqp = new Broker();
  const ensureQueue = (name: string, kind: QueueKind): void => void smqp.assertQueue(name, OPTIONS[kind]);
  ensureQueue(DEAD_LETTER_QUEUE, 'dead-letter');
  return {
    smqp,
    ensureQueue,
    send(name, message) {
      if (!smqp.getQueue(name)) return false;
      smqp.sendToQueue(name, message);
      return true;
    },
  };
}

/** Brokers by name: daemons of one process that name the same broker share it. */
export function createEmbeddedBrokers(): { get(name: string): EmbeddedBroker } {
  const byName = new Map<string, EmbeddedBroker>();
  return {
    get(name) {
      const known = byName.get(name) ?? createEmbeddedBroker();
      byName.set(name, known);
      return known;
    },
  };
}
export type EmbeddedBrokers = ReturnType<typeof createEmbeddedBrokers>;
