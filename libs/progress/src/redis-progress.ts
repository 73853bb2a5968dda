// The progress cache in Redis. It may vanish at any moment: nothing here throws for that, and nobody waits for it.
import type { Logger } from '@educloud/log';
import { Redis, type RedisOptions } from 'ioredis';
import type { ProgressCache, ProgressValue } from './interface.ts';

const COMMAND_TIMEOUT_MS = 300;
/** After a call that got no answer nobody else waits for so long. */
const SICK_MS = 1_000;
const MAX_RECONNECT_MS = 2_000;
const KEY_PREFIX = 'educloud:progress:';
const CHANNEL_PREFIX = 'educloud:channel:';

/** Compare and set in one step: several daemons write the same key. Fields e(poch), p(ercent), v(alue as JSON). */
const SET_UNLESS_OLDER = `
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
  local before = redis.call('HMGET', KEYS[1], 'e', 'p')
  local epoch, percent = tonumber(before[1]), tonumber(before[2])
  if epoch and (tonumber(ARGV[1]) < epoch or (tonumber(ARGV[1]) == epoch and percent and tonumber(ARGV[2]) < percent)) then return 0 end
else
  redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], 'e', ARGV[1], 'p', ARGV[2], 'v', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`;

interface WithScript extends Redis {
  setUnlessOlder(key: string, epoch: number, percent: number, json: string, ttlMs: number): Promise<number>;
}

export interface RedisProgressOptions {
  /** redis://:password@host:port[/db] */
  url: string;
  log: Logger;
}

/** Connects, and connects again, by itself. While Redis is away every call fails at once. */
export function createRedisProgress({ url, log }: RedisProgressOptions): ProgressCache {
  const options: RedisOptions = {
    enableOfflineQueue: false, // while Redis is away every call fails at once
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    noDelay: true,
    retryStrategy: (times) => Math.min(MAX_RECONNECT_MS, 50 * 2 ** Math.min(times, 6)) * (0.7 + Math.random() * 0.3),
  };
  let reason = 'not connected yet';
  let sickUntil = 0;
  const client = new Redis(url, options) as WithScript;
  client.defineCommand('setUnlessOlder', { numberOfKeys: 1, lua: SET_UNLESS_OLDER });
  // A connection that listens may do nothing else. No command timeout there: (re)subscribing may wait for Redis.
  const ears = new Redis(url, { ...options, commandTimeout: undefined, enableOfflineQueue: true, maxRetriesPerRequest: null, autoResubscribe: true });

  client.on('ready', () => {
    reason = '';
    log.info('connected to Redis');
  });
  client.on('error', (e: Error) => {
    if (reason !== e.message) log.warn({ reason: e.message }, 'Redis cannot be reached; progress is not cached meanwhile');
    reason = e.message;
  });
  client.on('close', () => (reason ||= 'connection lost'));
  ears.on('error', (e: Error) => log.debug({ err: e }, 'listening connection to Redis'));

  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  ears.on('message', (name: string, text: string) => {
    const heard = listeners.get(name);
    if (!heard) return;
    let payload: unknown;
    try {
      payload = JSON.parse(text);
    } catch {
      return; // not from us
    }
    for (const listener of [...heard]) listener(payload);
  });

  /** The cache is only a cache: what goes wrong costs a line in the debug log. */
  async function quietly<T>(doing: string, otherwise: T, work: () => Promise<T>): Promise<T> {
    if (client.status !== 'ready' || performance.now() < sickUntil) return otherwise;
    try {
      return await work();
    } catch (e) {
      if (e instanceof Error && e.message === 'Command timed out') sickUntil = performance.now() + SICK_MS;
      log.debug({ err: e }, `${doing} in Redis failed`);
      return otherwise;
    }
  }

  return {
    set: (key, value, ttlMs) =>
      quietly('set', undefined, async () => {
        await client.setUnlessOlder(KEY_PREFIX + key, value.epoch, value.percent, JSON.stringify(value), Math.max(1, Math.round(ttlMs)));
      }),
    get: (key) => quietly('get', null, async () => parse(await client.hget(KEY_PREFIX + key, 'v'))),
    getMany: (keys) =>
      quietly<Array<ProgressValue | null>>(
        'getMany',
        keys.map(() => null),
        async () => {
          if (keys.length === 0) return [];
          const pipeline = client.pipeline();
          for (const key of keys) pipeline.hget(KEY_PREFIX + key, 'v');
          const answers = (await pipeline.exec()) ?? [];
          return keys.map((_, i) => (answers[i]?.[0] ? null : parse(answers[i]?.[1])));
        },
      ),
    delete: (key) =>
      quietly('delete', undefined, async () => {
        await client.del(KEY_PREFIX + key);
      }),
    notify(channel, payload) {
      void quietly('notify', 0, () => client.publish(CHANNEL_PREFIX + channel, JSON.stringify(payload)));
    },
    listen(channel, listener) {
      const name = CHANNEL_PREFIX + channel;
      let heard = listeners.get(name);
      if (!heard) {
        heard = new Set();
        listeners.set(name, heard);
        ears.subscribe(name).catch((e: unknown) => log.debug({ err: e }, 'subscribing in Redis failed'));
      }
      const mine = heard;
      mine.add(listener);
      return () => {
        mine.delete(listener);
        if (mine.size > 0 || listeners.get(name) !== mine) return;
        listeners.delete(name);
        ears.unsubscribe(name).catch(() => undefined);
      };
    },
    state: () => ({ connected: client.status === 'ready', reason: client.status === 'ready' ? 'connected' : `no connection to Redis: ${reason || client.status}` }),
    async close() {
      listeners.clear();
      reason = 'closed';
      client.disconnect();
      ears.disconnect();
    },
  };
}

/** Somebody else's value under our key is no value. */
function parse(json: unknown): ProgressValue | null {
  if (typeof json !== 'string') return null;
  try {
    const value = JSON.parse(json) as Partial<ProgressValue> | null;
    if (typeof value?.epoch !== 'number' || typeof value.percent !== 'number') return null;
    return { epoch: value.epoch, percent: value.percent, detail: value.detail ?? {} };
  } catch {
    return null;
  }
}
