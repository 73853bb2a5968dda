// The bus inside one process (all-in-one, tests): the same promises as RabbitMQ as long as the process lives.
// When it dies, commands come again from the outbox and the executors' journals, not from here.
import { DEAD_LETTER_QUEUE, DELIVERY_LIMIT, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { deadLetterHeaders, readDeadLetter } from '../dead-letter.ts';
import { encode } from '../decode.ts';
import type { Bus, BusState, QueueKind } from '../interface.ts';
import { createWorkQueue, WAITING_ROOM, type WorkQueue } from '../work-queue.ts';
import type { EmbeddedBroker, StoredMessage } from './broker.ts';

export interface EmbeddedBusOptions {
  broker: EmbeddedBroker;
  log: Logger;
  now?: () => number;
  retryPausesMs?: readonly number[];
}

let tags = 0; // smqp wants consumer tags unique within a broker

/** The bus of one daemon on a broker that it shares with others of its process. */
export function createEmbeddedBus({ broker, log, now = Date.now, retryPausesMs }: EmbeddedBusOptions): Bus {
  const { smqp } = broker;
  const stops = new Set<() => Promise<void>>();
  const listeners = new Set<(state: BusState) => void>();
  let closed = false;
  const state = (): BusState => ({ connected: !closed, blocked: false, reason: closed ? 'closed' : 'embedded broker' });

  const bury = (content: Buffer, why: { queue: string; code: string; reason: string }): void => {
    broker.ensureQueue(DEAD_LETTER_QUEUE, 'dead-letter');
    broker.send(DEAD_LETTER_QUEUE, { bytes: content, headers: deadLetterHeaders(why, now()), deliveries: 0 });
  };

  function start(queue: string, kind: QueueKind, prefetch: number, work: WorkQueue): string {
    const tag = `bus-${++tags}`;
    broker.ensureQueue(queue, kind);
    smqp.consume(
      queue,
      (_key, message) => {
        const stored = message.content as StoredMessage;
        work.push({
          content: stored.bytes,
          redelivered: message.fields.redelivered === true,
          deliveries: stored.deliveries,
          ack: () => message.ack(),
          requeue() {
            if (message.pending && kind === 'command' && ++stored.deliveries > DELIVERY_LIMIT) {
              bury(stored.bytes, { queue, code: 'DELIVERY_LIMIT', reason: 'failed at every delivery allowed' });
              message.ack();
            } else message.nack(false, true);
          },
        });
      },
      { consumerTag: tag, prefetch: prefetch + WAITING_ROOM },
    );
    return tag;
  }

  return {
    async ensureQueue(name, kind) {
      broker.ensureQueue(name, kind);
    },
    async publish(queue, envelope) {
      if (closed) throw new CloudError('BUS_UNAVAILABLE', 'the bus is closed');
      if (!broker.send(queue, { bytes: encode(envelope), headers: {}, deliveries: 0 })) {
        throw new CloudError('NODE_UNREACHABLE', say('noQueue', { queue }));
      }
    },
    publishVolatile(queue, envelope) {
      if (closed) return;
      try {
        broker.send(queue, { bytes: encode(envelope), headers: {}, deliveries: 0 });
      } catch (e) {
        log.warn({ err: e, queue }, 'a volatile message was not sent');
      }
    },
    async consume(queue, kind, handler, { prefetch = 1, order } = {}) {
      const work = createWorkQueue({ queue, kind, handler, concurrency: prefetch, log, order, retryPausesMs, deadLetter: async (content, why) => bury(content, why) });
      let tag = '';
      let deleted: { cancel(): void } | undefined;
      let stopped = false;
      const begin = (): void => {
        tag = start(queue, kind, prefetch, work);
        deleted = smqp.getQueue(queue)?.on('delete', () => {
          queueMicrotask(() => {
            if (stopped || smqp.getConsumer(tag)) return;
            log.warn({ queue }, 'the queue was deleted; declaring it again');
            deleted?.cancel();
            work.forget();
            begin();
          });
        });
      };
      begin();
      const stop = async (): Promise<void> => {
        if (stopped) return;
        stopped = true;
        work.halt();
        stops.delete(stop);
        deleted?.cancel();
        smqp.getConsumer(tag)?.stop();
        await work.stop();
        smqp.cancel(tag, true);
      };
      stops.add(stop);
      return { stop };
    },
    async deadLetters(limit) {
      const messages = (smqp.getQueue(DEAD_LETTER_QUEUE)?.messages ?? []) as Array<{ content: StoredMessage }>;
      return messages.slice(0, limit).map((m) => readDeadLetter(m.content.bytes, m.content.headers));
    },
    async depth(queue) {
      const found = smqp.getQueue(queue);
      return found ? found.getStats().messageCount - found.getStats().unackedCount : null;
    },
    state,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([...stops].map((stop) => stop()));
      for (const listener of listeners) listener(state());
      listeners.clear();
    },
  };
}
