// The bus port: typed messages over queues. Two adapters, one promise: what publish() confirmed is in the queue.
import type { Envelope } from '@educloud/contracts';

export type QueueKind =
  | 'command' // durable quorum queue, delivery limit, at-least-once dead-lettering: commands and statuses that must arrive
  | 'volatile' // classic, not durable messages, TTL 30 s, drop-head: beats and progress
  | 'dead-letter';

export interface BusState {
  connected: boolean;
  /** The broker has a memory or disk alarm: publishing is refused at once. */
  blocked: boolean;
  /** For /readyz, in plain words. */
  reason: string;
}

/** How a message came. `redelivered`: perhaps it was handled before. */
export interface Delivery {
  queue: string;
  redelivered: boolean;
}

/**
 * Returns → the message is acked. Throws that its surroundings are away (database, bus, the next daemon, disk full, not ready yet) → it is
 * tried again until they are back, at least every 10 s; that never makes it a dead letter within the hour. Throws another retryable
 * CloudError → it comes again (with a growing pause, at most DELIVERY_LIMIT times). Throws anything else → dead-letter queue with the reason.
 */
export type MessageHandler = (envelope: Envelope, delivery: Delivery) => Promise<void>;

/**
 * Messages of one lane are handled one after another as they came; one that waits for its next try holds back those behind it. A lane
 * may be a part of another: `nc-1/ins-1` and `nc-1/ins-2` go side by side, and `nc-1` keeps its order with both.
 */
export type OrderOf = (envelope: Envelope) => string;

export interface ConsumeOptions {
  /** So many are handled at once. Default 1. */
  prefetch?: number;
  /** Names the lane of a message. Without it there is no order once a message has to be tried again. */
  order?: OrderOf;
}

export interface Subscription {
  stop(): Promise<void>;
}

/** A message that nobody could use, and why. `at`: epoch ms. */
export interface DeadLetter {
  queue: string;
  reason: string;
  code: string;
  at: number;
  /** First 64 KiB of the message as it came. */
  content: string;
}

/** One connection of a daemon to its bus. All of it may be called while the broker is away. */
export interface Bus {
  /**
   * Idempotent; also re-declared by itself after every reconnect and after the queue was deleted while consumed. `once`: not after a
   * reconnect, for queues of others, who declare them themselves; there may be thousands.
   */
  ensureQueue(name: string, kind: QueueKind, options?: { once?: boolean }): Promise<void>;
  /**
   * Durable publish: resolves only when the broker has confirmed that it is routed and stored; at most 5 s.
   * @throws BUS_UNAVAILABLE not connected, blocked, timed out or nacked; NODE_UNREACHABLE the queue does not exist
   */
  publish(queue: string, envelope: Envelope): Promise<void>;
  /** For beats and progress: no confirm, dropped when the bus is not there. Never throws, never waits. */
  publishVolatile(queue: string, envelope: Envelope): void;
  /** Survives reconnects and deletion of its queue. */
  consume(queue: string, kind: QueueKind, handler: MessageHandler, options?: ConsumeOptions): Promise<Subscription>;
  /** Look into the dead-letter queue without taking anything out. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** Messages waiting; null when there is no such queue. */
  depth(queue: string): Promise<number | null>;
  state(): BusState;
  /** Called at each change. Returns how to end it. */
  onState(listener: (state: BusState) => void): () => void;
  close(): Promise<void>;
}
