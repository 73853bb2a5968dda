// Handles the messages of one subscription: so many at once, each settled exactly once (ack, again later, dead letter).
// Both adapters feed it. A message that waits for its next try takes no slot, so it does not hold up the others.
import { DELIVERY_LIMIT, type ErrorCode } from '@educloud/contracts';
import { asCloudError, type CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { decode } from './decode.ts';
import type { MessageHandler, QueueKind } from './interface.ts';

/** Pause before delivery 2, 3, …: together 50 s, so that a database restart does not send statuses to the dead-letter queue. */
export const RETRY_PAUSES_MS: readonly number[] = [250, 1_000, 4_000, 15_000, 30_000];
/** Deliveries that may wait for another try while others are handled; the adapter asks the broker for so many more. */
export const WAITING_ROOM = 32;
const STOP_GRACE_MS = 5_000;

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
  retryPausesMs?: readonly number[];
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

export function createWorkQueue(deps: WorkQueueDeps): WorkQueue {
  const { queue, kind, handler, concurrency, log } = deps;
  const pauses = deps.retryPausesMs ?? RETRY_PAUSES_MS;
  const waiting: Incoming[] = [];
  const paused = new Map<Incoming, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let halted = false;
  let stopped = false;

  function next(): void {
    while (!halted && running.size < concurrency) {
      const message = waiting.shift();
      if (!message) return;
      const work: Promise<void> = handle(message)
        .catch((e: unknown) => log.error({ err: e, queue }, 'settling a message failed; the broker delivers it again'))
        .finally(() => {
          running.delete(work);
          next();
        });
      running.add(work);
    }
  }

  async function handle(message: Incoming): Promise<void> {
    await Promise.resolve(); // never on the stack of whoever published (the embedded broker delivers synchronously)
    const decoded = decode(message.content);
    if (!('envelope' in decoded)) return bury(message, decoded.code, decoded.reason);
    try {
      await handler(decoded.envelope, { queue, redelivered: message.redelivered });
    } catch (e) {
      return failed(message, asCloudError(e, `handling ${decoded.envelope.name}`), decoded.envelope.id);
    }
    message.ack();
  }

  async function failed(message: Incoming, error: CloudError, id: string): Promise<void> {
    const about = { err: error, internal: error.internal, queue, messageId: id, deliveries: message.deliveries + 1 };
    if (kind === 'volatile') {
      log.warn(about, 'a volatile message was dropped: its handler failed');
      return message.ack();
    }
    if (!error.retryable) return bury(message, error.code, error.message);
    log.warn(about, message.deliveries < DELIVERY_LIMIT ? 'handler failed; the message comes again' : 'handler failed at the last delivery');
    again(message);
  }

  function again(message: Incoming): void {
    // At the limit the broker dead-letters by itself: no reason to wait.
    if (stopped || message.deliveries >= DELIVERY_LIMIT) return message.requeue();
    const pauseMs = pauses[Math.min(message.deliveries, pauses.length - 1)] ?? 0;
    paused.set(
      message,
      setTimeout(() => {
        paused.delete(message);
        message.requeue();
      }, pauseMs),
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
    waiting.length = 0;
    for (const timer of paused.values()) clearTimeout(timer);
    paused.clear();
  }

  return {
    push(message) {
      if (stopped) return message.requeue();
      waiting.push(message);
      next();
    },
    halt() {
      halted = true;
    },
    forget,
    async stop() {
      halted = stopped = true;
      const back = [...waiting, ...paused.keys()];
      forget();
      for (const message of back) message.requeue();
      if (running.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([Promise.allSettled([...running]), new Promise((resolve) => (timer = setTimeout(resolve, STOP_GRACE_MS)))]);
      clearTimeout(timer);
    },
  };
}
