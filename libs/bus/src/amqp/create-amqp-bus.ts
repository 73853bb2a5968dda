// The bus over RabbitMQ. Two connections: one publishes and declares, one consumes. Nothing here waits for the broker to be there.
import { DEAD_LETTER_QUEUE, say } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { Channel, ChannelModel } from 'amqplib';
import { deadLetterHeaders, readDeadLetter } from '../dead-letter.ts';
import { encode } from '../decode.ts';
import type { Bus, BusState, DeadLetter, QueueKind } from '../interface.ts';
import { QUEUE_OPTIONS } from '../topology.ts';
import { createWorkQueue } from '../work-queue.ts';
import { bounded } from './bounded.ts';
import { createLink, SETUP_TIMEOUT_MS, type Link } from './link.ts';
import { createPublisher } from './publisher.ts';
import { createAmqpSubscription, type AmqpSubscription } from './subscription.ts';

const DECLARED_AT_ONCE = 8;

export interface AmqpBusOptions {
  /** amqp://user:password@host:port/vhost */
  url: string;
  log: Logger;
  now?: () => number;
  /** createAmqpBus() resolves when connected, or after this time: the bus goes on connecting by itself. */
  connectWaitMs?: number;
  retryPausesMs?: readonly number[];
}

/** The bus over RabbitMQ. Connects, and connects again, by itself. */
export async function createAmqpBus(options: AmqpBusOptions): Promise<Bus> {
  const { url, log } = options;
  const now = options.now ?? Date.now;
  const topology = new Map<string, QueueKind>([[DEAD_LETTER_QUEUE, 'dead-letter']]);
  const subscriptions = new Set<AmqpSubscription>();
  const listeners = new Set<(state: BusState) => void>();
  const publisher = createPublisher(log);
  let publishModel: ChannelModel | null = null;
  let consumeModel: ChannelModel | null = null;
  let closed = false;
  let last = '';
  let started = false; // both links exist

  const publishing = await createLink({
    url,
    name: 'publish',
    log,
    async setup(model, answered) {
      const begun = new Set<string>();
      const waiting = (): Array<[string, QueueKind]> => [...topology].filter(([name]) => !begun.has(name));
      const declareAll = (those: Array<[string, QueueKind]>): Promise<unknown> => Promise.all(Array.from({ length: DECLARED_AT_ONCE }, async () => {
        for (let next = those.shift(); next; next = those.shift()) {
          const [name, kind] = next;
          begun.add(name);
          await declare(model, name, kind).catch((e: unknown) => log.error({ err: e, queue: name }, 'the queue cannot be declared'));
          answered();
        }
      }));
      await declareAll(waiting());
      await publisher.setup(model);
      // Whoever asks for a queue meanwhile leaves it to us.
      while (waiting().length > 0) await declareAll(waiting());
      publishModel = model;
    },
    onChange: changed,
    onDown(reason) {
      publishModel = null;
      publisher.failPending(reason);
    },
  });
  const consuming = await createLink({
    url,
    name: 'consume',
    log,
    async setup(model, answered) {
      const begun = new Set<AmqpSubscription>();
      const waiting = (): AmqpSubscription[] => [...subscriptions].filter((s) => !begun.has(s));
      // Whoever begins to consume meanwhile leaves it to us.
      for (let those = waiting(); those.length > 0; those = waiting()) {
        for (const s of those) begun.add(s);
        await Promise.all(those.map((s) => s.attach(model).finally(answered)));
      }
      consumeModel = model;
    },
    onChange: changed,
    onDown() {
      consumeModel = null;
      for (const s of subscriptions) s.detach();
    },
  });

  function state(): BusState {
    if (closed) return { connected: false, blocked: false, reason: 'closed' };
    const connected = publishing.connected() && consuming.connected();
    const blocked = publishing.blocked();
    const reason = !connected ? `no connection to the broker: ${publishing.reason() || consuming.reason()}` : blocked ? 'the broker has a memory or disk alarm' : 'connected';
    return { connected, blocked, reason };
  }

  function changed(): void {
    if (!started) return;
    const s = state();
    if (s.blocked) publisher.failPending(s.reason);
    const text = JSON.stringify(s);
    if (text === last) return;
    last = text;
    for (const listener of listeners) listener(s);
  }

  /** A refused declaration closes its channel, so each has its own. */
  async function onChannel<T>(model: ChannelModel, work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await model.createChannel();
    channel.on('error', () => undefined); // the call itself rejects
    try {
      return await work(channel);
    } finally {
      await bounded(channel.close()); // never answered when the connection ends meanwhile
    }
  }
  const declare = (model: ChannelModel, name: string, kind: QueueKind): Promise<unknown> => onChannel(model, (c) => c.assertQueue(name, QUEUE_OPTIONS[kind]));

  /** A broker may leave a declaration unanswered for ever: then the connection is made anew, which also does what was asked for. */
  async function answeredOrReopened(link: Link, asked: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => { timer = setTimeout(() => resolve('late'), SETUP_TIMEOUT_MS); });
    asked.catch(() => undefined);
    const how = await Promise.race([asked, late]).finally(() => clearTimeout(timer));
    if (how !== 'late') return;
    log.warn('the broker does not answer; connecting again');
    link.reopen();
  }

  function refuseUnlessReady(): void {
    if (!publishing.connected()) throw new CloudError('BUS_UNAVAILABLE', say('brokerAway', { why: state().reason }));
    if (publishing.blocked()) throw new CloudError('BUS_UNAVAILABLE', say('brokerRefuses'));
  }

  const deadLetter = async (content: Buffer, why: { queue: string; code: string; reason: string }): Promise<void> => {
    refuseUnlessReady();
    const send = (): Promise<void> => publisher.publish(DEAD_LETTER_QUEUE, content, { persistent: true, headers: deadLetterHeaders(why, now()) });
    await send().catch(async (e: unknown) => {
      if (!hasCode(e, 'NODE_UNREACHABLE') || !publishModel) throw e;
      await declare(publishModel, DEAD_LETTER_QUEUE, 'dead-letter'); // somebody deleted it
      await send();
    });
  };

  started = true;
  await new Promise<void>((resolve) => {
    if (state().connected) return resolve();
    const done = (): void => {
      listeners.delete(check);
      clearTimeout(timer);
      resolve();
    };
    const check = (s: BusState): void => {
      if (s.connected) done();
    };
    const timer = setTimeout(done, options.connectWaitMs ?? 1_000);
    listeners.add(check);
  });

  return {
    async ensureQueue(name, kind, { once = false } = {}) {
      if (!once) topology.set(name, kind);
      if (!publishModel) return; // declared as soon as the broker is there, by us or by whoever consumes it
      try {
        await answeredOrReopened(publishing, declare(publishModel, name, kind));
      } catch (e) {
        if ((e as { code?: number }).code === 406) throw new CloudError('INTERNAL', `queue ${name} exists with other properties`, { cause: e });
        throw new CloudError('BUS_UNAVAILABLE', `queue ${name} could not be declared`, { cause: e });
      }
    },
    async publish(queue, envelope) {
      const content = encode(envelope);
      refuseUnlessReady();
      await publisher.publish(queue, content, { persistent: true, messageId: envelope.id, contentType: 'application/json' });
    },
    publishVolatile(queue, envelope) {
      if (!publishing.connected() || publishing.blocked()) return;
      try {
        publisher.publishVolatile(queue, encode(envelope), { persistent: false, messageId: envelope.id, contentType: 'application/json' });
      } catch (e) {
        log.warn({ err: e, queue }, 'a volatile message was not sent');
      }
    },
    async consume(queue, kind, handler, { prefetch = 1, order } = {}) {
      topology.set(queue, kind);
      const work = createWorkQueue({ queue, kind, handler, concurrency: prefetch, log, deadLetter, order, retryPausesMs: options.retryPausesMs });
      const subscription = createAmqpSubscription({ queue, kind, prefetch, log, work });
      subscriptions.add(subscription);
      if (consumeModel) await answeredOrReopened(consuming, subscription.attach(consumeModel));
      return {
        async stop() {
          subscriptions.delete(subscription);
          await subscription.stop();
        },
      };
    },
    async deadLetters(limit) {
      if (!publishModel) throw new CloudError('BUS_UNAVAILABLE', state().reason);
      await declare(publishModel, DEAD_LETTER_QUEUE, 'dead-letter');
      return onChannel(publishModel, async (channel) => {
        const letters: DeadLetter[] = [];
        while (letters.length < limit) {
          const message = await channel.get(DEAD_LETTER_QUEUE);
          if (!message) break;
          letters.push(readDeadLetter(message.content, message.properties.headers ?? {}));
        }
        channel.nackAll(true);
        return letters;
      });
    },
    async depth(queue) {
      if (!publishModel) throw new CloudError('BUS_UNAVAILABLE', state().reason);
      try {
        return (await onChannel(publishModel, (c) => c.checkQueue(queue))).messageCount;
      } catch (e) {
        if ((e as { code?: number }).code === 404) return null;
        throw new CloudError('BUS_UNAVAILABLE', `asking for queue ${queue} failed`, { cause: e });
      }
    },
    state,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([...subscriptions].map((s) => s.stop()));
      subscriptions.clear();
      await Promise.all([publishing.close(), consuming.close()]);
      publisher.failPending('closed');
      listeners.clear();
    },
  };
}
