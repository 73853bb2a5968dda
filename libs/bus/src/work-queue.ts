// Handles the messages of one subscription: so many at once, each settled exactly once (ack, again later, dead letter).
// Both adapters feed it. A message that waits for its next try takes no slot; it holds up only the later ones of its lane.
import { DELIVERY_LIMIT, type ErrorCode } from '@educloud/contracts';
import { asCloudError, type CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { decode, type Decoded } from './decode.ts';
import { createLanes } from './lanes.ts';
import type { MessageHandler, OrderOf, QueueKind } from './interface.ts';

/** Pause before try 2, 3, … */
export const RETRY_PAUSES_MS: readonly number[] = [250, 1_000, 4_000, 15_000, 30_000];
/** Deliveries that may wait for another try while others are handled; the adapter asks the broker for so many more. */
export const WAITING_ROOM = 32;
/** Longest pause while the surroundings are away: soon after they are back the work goes on. */
const HELD_PAUSE_MS = 10_000;
/** RabbitMQ closes the channel of whoever keeps a delivery unacked for 30 minutes. */
const HOLD_MS = 20 * 60_000;
const STOP_GRACE_MS = 5_000;

/** "My surroundings are away": not the message's fault, so such a try does not count towards the delivery limit. */
const SURROUNDINGS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['DATABASE_UNAVAILABLE', 'BUS_UNAVAILABLE', 'NOT_READY', 'STORE_UNAVAILABLE', 'NODE_UNREACHABLE', 'DISK_FULL']);

export interface Incoming {
  content: Buffer;
  redelivered: boolean;
  /** Deliveries before this one. */
  deliveries: number;
  ack(): void;
  requeue(): void;
}

export interface WorkQueueDeps {
  queue: string;
  kind: QueueKind;
  handler: MessageHandler;
  concurrency: number;
  log: Logger;
  /** Resolves when the dead letter is stored. */
  deadLetter(content: Buffer, why: { queue: string; code: ErrorCode; reason: string }): Promise<void>;
  order?: OrderOf | undefined;
  retryPausesMs?: readonly number[] | undefined;
  /** How long a message may wait here for its surroundings before it is given back. Default 20 minutes. */
  holdMs?: number;
}

export interface WorkQueue {
  push(message: Incoming): void;
  /** The deliveries are void (their channel is gone): forget what is not being handled. */
  forget(): void;
  /** Begins nothing new; what comes is kept for stop(). Before the broker is told to deliver no more. */
  halt(): void;
  /** Begins nothing new, waits for what is being handled (5 s at most), gives the rest back. */
  stop(): Promise<void>;
}

/** A delivery on its way through here. */
interface Item {
  message: Incoming;
  decoded: Decoded;
  lane: string | null;
  since: number;
  /** Failed tries of this delivery. */
  tries: number;
  /** Deliveries before the last forget() are void. */
  channel: number;
}

export function createWorkQueue(deps: WorkQueueDeps): WorkQueue {
  const { queue, kind, handler, concurrency, log, order } = deps;
  const pauses = deps.retryPausesMs ?? RETRY_PAUSES_MS;
  const holdMs = deps.holdMs ?? HOLD_MS;
  /** In the order in which they came, except that a held one returns to the front. */
  let waiting: Item[] = [];
  const lanes = createLanes();
  const held = new Map<Item, NodeJS.Timeout>();
  const paused = new Map<Incoming, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let channel = 0;
  let halted = false;
  let stopped = false;

  const pauseAfter = (failures: number): number => pauses[Math.min(failures, pauses.length - 1)] ?? 0;
  const leaveLane = ({ lane }: Item): void => void (lane !== null && lanes.delete(lane));

  /** The first whose way is free: nothing of it is being handled, and nothing that waits before it is in its way. */
  function takeNext(): Item | undefined {
    const before = createLanes();
    for (const [at, item] of waiting.entries()) {
      if (item.lane === null || (!lanes.blocks(item.lane) && !before.blocks(item.lane))) return waiting.splice(at, 1)[0];
      before.add(item.lane);
    }
    return undefined;
  }

  function next(): void {
    while (!halted && running.size < concurrency) {
      const item = takeNext();
      if (!item) return;
      if (item.lane !== null) lanes.add(item.lane);
      const work: Promise<void> = handle(item)
        .catch((e: unknown) => log.error({ err: e, queue }, 'settling a message failed; the broker delivers it again'))
        .finally(() => {
          running.delete(work);
          if (!held.has(item)) leaveLane(item);
          next();
        });
      running.add(work);
    }
  }

  async function handle(item: Item): Promise<void> {
    await Promise.resolve(); // never on the stack of whoever published (the embedded broker delivers synchronously)
    const { message, decoded } = item;
    if (!('envelope' in decoded)) return bury(message, decoded.code, decoded.reason);
    try {
      await handler(decoded.envelope, { queue, redelivered: message.redelivered });
    } catch (e) {
      return failed(item, asCloudError(e, `handling ${decoded.envelope.name}`), decoded.envelope.id);
    }
    message.ack();
  }

  async function failed(item: Item, error: CloudError, id: string): Promise<void> {
    const { message } = item;
    const about = { err: error, internal: error.internal, queue, messageId: id, deliveries: message.deliveries + 1, tries: ++item.tries };
    if (kind === 'volatile') {
      log.warn(about, 'a volatile message was dropped: its handler failed');
      return message.ack();
    }
    if (!error.retryable) return bury(message, error.code, error.message);
    if (item.channel !== channel) return; // void: the broker gives it out again
    if (SURROUNDINGS.has(error.code)) {
      if (item.tries === 1 || item.tries % 30 === 0) log.warn(about, 'handler failed because its surroundings are away; the message waits for them');
      return hold(item, Math.min(HELD_PAUSE_MS, pauseAfter(item.tries - 1)));
    }
    if (order) {
      // Given back it would come after those behind it: the tries of a lane are counted here.
      const failures = message.deliveries + item.tries;
      log.warn(about, failures <= DELIVERY_LIMIT ? 'handler failed; it is tried again' : 'handler failed at the last try');
      return failures <= DELIVERY_LIMIT ? hold(item, pauseAfter(failures - 1)) : bury(message, error.code, error.message);
    }
    log.warn(about, message.deliveries < DELIVERY_LIMIT ? 'handler failed; the message comes again' : 'handler failed at the last delivery');
    again(message);
  }

  /** Stays unacked with us, and its lane with it, until the next try. */
  function hold(item: Item, pauseMs: number): void {
    if (stopped) return item.message.requeue();
    if (performance.now() - item.since + pauseMs > holdMs) return giveBackLane(item);
    held.set(
      item,
      setTimeout(() => {
        held.delete(item);
        leaveLane(item);
        waiting.unshift(item);
        next();
      }, pauseMs),
    );
  }

  /** Those behind it go back with it, so that they come again in the same order. */
  function giveBackLane(item: Item): void {
    const behind = waiting.filter(({ lane }) => lane !== null && lane === item.lane);
    waiting = waiting.filter((other) => !behind.includes(other));
    for (const { message } of [item, ...behind]) message.requeue();
  }

  function again(message: Incoming): void {
    // At the limit the broker dead-letters by itself: no reason to wait.
    if (stopped || message.deliveries >= DELIVERY_LIMIT) return message.requeue();
    paused.set(
      message,
      setTimeout(() => {
        paused.delete(message);
        message.requeue();
      }, pauseAfter(message.deliveries)),
    );
  }

  async function bury(message: Incoming, code: ErrorCode, reason: string): Promise<void> {
    log.error({ queue, code, reason }, 'message goes to the dead-letter queue');
    try {
      await deps.deadLetter(message.content, { queue, code, reason });
    } catch (e) {
      log.warn({ err: e, queue }, 'the dead letter could not be stored; trying again');
      return again(message);
    }
    message.ack();
  }

  function forget(): void {
    channel += 1;
    waiting = [];
    for (const timer of [...paused.values(), ...held.values()]) clearTimeout(timer);
    for (const item of held.keys()) leaveLane(item);
    paused.clear();
    held.clear();
  }

  return {
    push(message) {
      if (stopped) return message.requeue();
      const decoded = decode(message.content);
      const lane = order && 'envelope' in decoded ? order(decoded.envelope) : null;
      waiting.push({ message, decoded, lane, since: performance.now(), tries: 0, channel });
      next();
    },
    halt() {
      halted = true;
    },
    forget,
    async stop() {
      halted = stopped = true;
      const back = [...[...held.keys(), ...waiting].map(({ message }) => message), ...paused.keys()];
      forget();
      for (const message of back) message.requeue();
      if (running.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([Promise.allSettled([...running]), new Promise((resolve) => (timer = setTimeout(resolve, STOP_GRACE_MS)))]);
      clearTimeout(timer);
    },
  };
}
