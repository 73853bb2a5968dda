// What each kind of queue is on RabbitMQ. Every daemon declares with exactly these arguments, so a second declaration is a no-op.
import { DEAD_LETTER_QUEUE, DELIVERY_LIMIT } from '@educloud/contracts';
import type { Options } from 'amqplib';
import type { QueueKind } from './interface.ts';

export const VOLATILE_TTL_MS = 30_000;
export const VOLATILE_MAX_LENGTH = 10_000;
/** Dead letters are for reading, not for keeping for ever: the oldest go first. */
export const DEAD_LETTER_MAX_LENGTH = 10_000;

export const QUEUE_OPTIONS: Record<QueueKind, Options.AssertQueue> = {
  command: {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': DELIVERY_LIMIT, // RabbitMQ 3.10 has no default limit
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': DEAD_LETTER_QUEUE,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish', // demanded by at-least-once
    },
  },
  volatile: {
    durable: true,
    arguments: { 'x-queue-type': 'classic', 'x-message-ttl': VOLATILE_TTL_MS, 'x-max-length': VOLATILE_MAX_LENGTH, 'x-overflow': 'drop-head' },
  },
  'dead-letter': {
    durable: true,
    arguments: { 'x-queue-type': 'classic', 'x-max-length': DEAD_LETTER_MAX_LENGTH, 'x-overflow': 'drop-head' },
  },
};
