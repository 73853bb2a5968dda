// The bus a daemon's configuration names: `amqp://…` is RabbitMQ, `embedded:NAME` a broker inside this process.
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { createAmqpBus } from './amqp/create-amqp-bus.ts';
import { createEmbeddedBrokers, type EmbeddedBrokers } from './embedded/broker.ts';
import { createEmbeddedBus } from './embedded/create-embedded-bus.ts';
import type { Bus } from './interface.ts';

export interface OpenBusOptions {
  log: Logger;
  now?: () => number;
  /** Where `embedded:NAME` is looked up; without it, daemons of this process that say the same name meet. */
  brokers?: EmbeddedBrokers;
  retryPausesMs?: readonly number[];
}

const brokersOfThisProcess = createEmbeddedBrokers();

/** Resolves also when the broker is not there yet: see `state()`. @throws BAD_REQUEST the address is of neither kind */
export async function openBus(url: string, options: OpenBusOptions): Promise<Bus> {
  const { brokers = brokersOfThisProcess, ...rest } = options;
  if (/^amqps?:\/\//.test(url)) return createAmqpBus({ url, ...rest });
  const name = /^embedded:(.+)$/.exec(url)?.[1];
  if (name) return createEmbeddedBus({ broker: brokers.get(name), ...rest });
  throw new CloudError('BAD_REQUEST', 'the bus must be given as amqp://user:password@host:port/vhost or embedded:NAME');
}
