// Queues run empty, everybody listens again, and no message of ours turned out to be one that nobody can use.
import type { Invariant } from './interface.ts';

const WORK = /^(cmd|status)\./;

export const everybodyListens: Invariant = {
  id: 'I18',
  promises: 'after the broker was away everybody is back at their queue, and nothing waits in it',
  check({ queues, db }) {
    // The storage controller has no commands yet, and listens to nobody.
    const expected = [...db.daemons.filter((d) => d.role !== 'sc').map((d) => `cmd.${d.role}.${d.id}`), 'status.clc', ...db.daemons.filter((d) => d.role === 'cc').map((d) => `status.${d.id}`)];
    return [
      ...expected.filter((name) => !queues.some((q) => q.name === name)).map((name) => `the queue ${name} is not there`),
      ...queues.filter((q) => expected.includes(q.name) && q.consumers !== 1).map((q) => `${q.consumers} consumers listen at ${q.name}`),
      ...queues.filter((q) => WORK.test(q.name) && q.messages > 0).map((q) => `${q.messages} messages wait in ${q.name} (${q.unacknowledged} of them taken and not confirmed)`),
    ];
  },
};

export const noDeadLetters: Invariant = {
  id: 'I20',
  promises: 'no message of ours ends in the dead-letter queue, and one that does says why',
  check({ deadLetters }) {
    return deadLetters.map((l) => `dead letter from ${l.queue}: ${l.code === '' || l.reason === '' ? 'without a reason' : `${l.code} ${l.reason}`}; ${l.content.slice(0, 160)}`);
  },
};

export const queuesAreOurs: Invariant = {
  id: 'I21',
  promises: 'no queue without a daemon behind it',
  check({ queues, db }) {
    const ids = new Set(db.daemons.map((d) => d.id));
    return queues.filter((q) => {
      const id = /^(?:cmd\.[a-z]+\.|status\.|beat\.)([a-z]+-[0-9a-f]{8})$/.exec(q.name)?.[1];
      return id !== undefined && !ids.has(id);
    }).map((q) => `the queue ${q.name} belongs to no daemon of this cloud`);
  },
};

export const cacheOnly: Invariant = {
  id: 'I22',
  promises: 'Redis holds nothing but what may be lost: every key ends by itself',
  check({ redis }) {
    return redis.filter((r) => r.ttlSeconds < 0).map((r) => `the Redis key ${r.key} never ends`);
  },
};
