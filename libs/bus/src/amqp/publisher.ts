// The publishing side of the AMQP bus: confirmed publishes with a deadline, volatile ones that never wait.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { Channel, ChannelModel, ConfirmChannel, Options } from 'amqplib';

export const CONFIRM_TIMEOUT_MS = 5_000;
/** Ties a `return` to its publish; one message id may be under way twice. */
const ATTEMPT_HEADER = 'x-attempt';

interface Pending {
  returned: boolean;
  settle(error: CloudError | null): void;
}

export interface Publisher {
  setup(model: ChannelModel): Promise<void>;
  publish(queue: string, content: Buffer, options: Options.Publish): Promise<void>;
  publishVolatile(queue: string, content: Buffer, options: Options.Publish): void;
  /** Everything under way ends with BUS_UNAVAILABLE: the broker is gone or blocked. */
  failPending(reason: string): void;
}

const unavailable = (reason: string): CloudError => new CloudError('BUS_UNAVAILABLE', say('brokerAway', { why: reason }));

export function createPublisher(log: Logger): Publisher {
  const pending = new Map<string, Pending>();
  let confirmed: ConfirmChannel | null = null;
  let volatile: Channel | null = null;
  let volatileFull = false;
  let attempts = 0;

  async function openConfirmed(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    channel.on('error', (e) => log.error({ err: e }, 'publishing channel failed'));
    channel.on('return', (message) => {
      const attempt = pending.get(String(message.properties.headers?.[ATTEMPT_HEADER]));
      if (attempt) attempt.returned = true;
    });
    channel.on('close', () => {
      if (confirmed !== channel) return;
      confirmed = null;
      // The whole connection may be going; then this fails and setup() runs again later.
      openConfirmed(model).catch(() => undefined);
    });
    confirmed = channel;
  }

  async function openVolatile(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    volatileFull = false;
    channel.on('error', (e) => log.error({ err: e }, 'volatile channel failed'));
    channel.on('drain', () => (volatileFull = false));
    channel.on('close', () => {
      if (volatile !== channel) return;
      volatile = null;
      openVolatile(model).catch(() => undefined);
    });
    volatile = channel;
  }

  return {
    async setup(model) {
      await openConfirmed(model);
      await openVolatile(model);
    },

    publish(queue, content, options) {
      const channel = confirmed;
      if (!channel) return Promise.reject(unavailable('no channel'));
      const attempt = String(++attempts);
      return new Promise((resolve, reject) => {
        const settle = (error: CloudError | null): void => {
          if (!pending.delete(attempt)) return;
          clearTimeout(timer);
          if (error) reject(error);
          else resolve();
        };
        const timer = setTimeout(() => {
          log.warn({ queue }, 'the broker did not confirm a message; when this goes on for one queue only, that queue has lost its leader: delete it, the daemons make it anew');
          settle(unavailable(`no confirm within ${CONFIRM_TIMEOUT_MS / 1_000} s`));
        }, CONFIRM_TIMEOUT_MS);
        const entry: Pending = { returned: false, settle };
        pending.set(attempt, entry);
        try {
          channel.publish('', queue, content, { ...options, mandatory: true, headers: { ...(options.headers as object), [ATTEMPT_HEADER]: attempt } }, (e: Error | null) => {
            // A confirm does not mean routed: the return comes before it.
            if (entry.returned) settle(new CloudError('NODE_UNREACHABLE', say('noQueue', { queue })));
            else settle(e ? unavailable(e.message) : null);
          });
        } catch (e) {
          settle(unavailable(e instanceof Error ? e.message : String(e)));
        }
      });
    },

    publishVolatile(queue, content, options) {
      if (!volatile || volatileFull) return;
      try {
        volatileFull = !volatile.publish('', queue, content, options);
      } catch {
        // The channel is closing: a beat may be lost.
      }
    },

    failPending(reason) {
      for (const entry of [...pending.values()]) entry.settle(unavailable(reason));
    },
  };
}
