// One consumer with a channel of its own. Declares its queue, consumes again when the queue is deleted or the channel breaks.
import type { Logger } from '@educloud/log';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { QueueKind } from '../interface.ts';
import { QUEUE_OPTIONS } from '../topology.ts';
import { WAITING_ROOM, type WorkQueue } from '../work-queue.ts';
import { bounded } from './bounded.ts';

const REOPEN_MS = [100, 300, 1_000, 3_000];

export interface AmqpSubscription {
  /** Called with every new connection. Never throws: what fails is tried again as long as that connection lives. */
  attach(model: ChannelModel): Promise<void>;
  detach(): void;
  stop(): Promise<void>;
}

export interface AmqpSubscriptionDeps {
  queue: string;
  kind: QueueKind;
  prefetch: number;
  log: Logger;
  work: WorkQueue;
}

export function createAmqpSubscription({ queue, kind, prefetch, log, work }: AmqpSubscriptionDeps): AmqpSubscription {
  let model: ChannelModel | null = null;
  let channel: Channel | null = null;
  let tag: string | null = null;
  let stopped = false;
  let failures = 0;
  let timer: NodeJS.Timeout | null = null;

  const current = (c: Channel): boolean => channel === c && !stopped;

  function reopen(reason: string): void {
    channel = null;
    work.forget();
    if (stopped || !model || timer) return;
    const delayMs = REOPEN_MS[Math.min(failures++, REOPEN_MS.length - 1)] ?? 0;
    log.warn({ queue, reason, delayMs }, 'consuming broke off; starting again');
    timer = setTimeout(() => {
      timer = null;
      if (model && !stopped) void open(model);
    }, delayMs);
  }

  async function open(on: ChannelModel): Promise<void> {
    try {
      const c = await on.createChannel();
      if (stopped) return void bounded(c.close()); // stop() came before there was a channel to close
      channel = c;
      c.on('error', (e) => log.warn({ err: e, queue }, 'consuming channel failed'));
      c.on('close', () => {
        if (current(c) && model === on) reopen('channel closed');
      });
      await c.prefetch(prefetch + WAITING_ROOM);
      await consume(c);
      failures = 0;
    } catch (e) {
      if (model === on) reopen(e instanceof Error ? e.message : String(e));
    }
  }

  async function consume(c: Channel): Promise<void> {
    await c.assertQueue(queue, QUEUE_OPTIONS[kind]);
    const { consumerTag } = await c.consume(queue, (message) => {
      if (channel !== c) return;
      if (message) return receive(c, message); // also while stopping: it has to be given back
      if (stopped) return;
      log.warn({ queue }, 'the queue was deleted; declaring it again');
      work.forget();
      consume(c).catch((e: unknown) => {
        if (current(c)) reopen(e instanceof Error ? e.message : String(e));
      });
    });
    tag = consumerTag;
  }

  function receive(c: Channel, message: ConsumeMessage): void {
    const settle = (how: () => void): void => {
      if (channel !== c) return; // that delivery is void; the broker gives it out again
      try {
        how();
      } catch (e) {
        log.debug({ err: e, queue }, 'the channel closed before the message was settled');
      }
    };
    work.push({
      content: message.content,
      redelivered: message.fields.redelivered,
      deliveries: Number(message.properties.headers?.['x-delivery-count'] ?? 0),
      ack: () => settle(() => c.ack(message)),
      requeue: () => settle(() => c.nack(message, false, true)),
    });
  }

  function detach(): void {
    model = channel = tag = null;
    if (timer) clearTimeout(timer);
    timer = null;
    work.forget();
  }

  return {
    async attach(on) {
      detach();
      model = on;
      failures = 0;
      if (!stopped) await open(on);
    },
    detach,
    async stop() {
      if (stopped) return;
      stopped = true;
      work.halt();
      const c = channel;
      if (c && tag) await bounded(c.cancel(tag));
      await work.stop();
      detach();
      if (c) await bounded(c.close());
    },
  };
}
