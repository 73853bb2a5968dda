// The progress contract on both adapters, and what happens when Redis goes away.
import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { createMemoryProgress, createRedisProgress, openProgress } from '@educloud/progress';
import { silentLog } from '@educloud/log';
import { startRedis, type RedisServer } from '../../tools/servers/index.ts';
import { eventually } from '../support/eventually.ts';
import { allowStart, freshRedis, serversDir } from '../support/servers.ts';
import { progressContract } from './progress.contract.ts';

const log = silentLog();

progressContract('memory', async () => ({ open: async () => openProgress('memory:contract', { log }) }));

progressContract('Redis', async () => {
  const url = await freshRedis();
  return { open: async () => createRedisProgress({ url, log }) };
});

describe('the progress cache in memory', () => {
  it('tells the time by the clock it was given', async () => {
    let now = 1_000;
    const cache = createMemoryProgress({ now: () => now });
    await cache.set('a', { epoch: 1, percent: 50, detail: {} }, 500);
    now += 499;
    assert.equal((await cache.get('a'))?.percent, 50);
    now += 1;
    assert.equal(await cache.get('a'), null);
  });
});

describe('the progress cache over a Redis that fails', () => {
  let server: RedisServer;
  before(async function () {
    allowStart(this);
    server = await startRedis({ dir: `${await serversDir()}/redis-that-fails` });
  });
  after(() => server?.stop());

  it('neither throws nor waits while Redis is away, and comes back by itself with its listeners', async function () {
    this.timeout(20_000);
    const cache = createRedisProgress({ url: server.url, log });
    await eventually('connected', () => cache.state().connected);
    const heard: unknown[] = [];
    cache.listen('wake', (p) => heard.push(p));
    await cache.set('a', { epoch: 1, percent: 50, detail: {} }, 60_000);
    await server.kill('SIGKILL');
    await eventually('noticed', () => !cache.state().connected);
    assert.match(cache.state().reason, /no connection to Redis/);
    // At once: in this turn of the loop, before anything could come from Redis.
    let turned = false;
    setImmediate(() => { turned = true; });
    for (let i = 0; i < 100; i++) {
      await cache.set('a', { epoch: 1, percent: 51, detail: {} }, 60_000);
      assert.equal(await cache.get('a'), null);
      cache.notify('wake', i);
    }
    assert.deepEqual(await cache.getMany(['a', 'b']), [null, null]);
    await cache.delete('a');
    assert.equal(turned, false);
    await server.restart();
    await eventually('back', () => cache.state().connected);
    await cache.set('a', { epoch: 1, percent: 60, detail: {} }, 60_000);
    assert.equal((await cache.get('a'))?.percent, 60);
    await eventually('listening again', () => {
      cache.notify('wake', 'again');
      return heard.includes('again');
    });
    await cache.close();
  });

  it('does not make its callers wait for a Redis that hangs', async function () {
    this.timeout(20_000);
    const cache = createRedisProgress({ url: server.url, log });
    await eventually('connected', () => cache.state().connected);
    process.kill(server.pid, 'SIGSTOP');
    try {
      const start = performance.now();
      for (let i = 0; i < 50; i++) assert.equal(await cache.get('a'), null);
      assert.ok(performance.now() - start < 5_000, 'one waits a third of a second, the others not at all');
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await eventually('usable again', async () => {
      await cache.set('h', { epoch: 1, percent: 1, detail: {} }, 60_000);
      return cache.get('h');
    });
    await cache.close();
  });

  it('takes FLUSHALL and foreign values under its keys for a moment without progress', async () => {
    const cache = createRedisProgress({ url: server.url, log });
    const raw = new Redis(server.url);
    await eventually('connected', () => cache.state().connected);
    await cache.set('f', { epoch: 3, percent: 70, detail: {} }, 60_000);
    await raw.flushall();
    assert.equal(await cache.get('f'), null);
    await raw.set('educloud:progress:f', 'not ours');
    assert.equal(await cache.get('f'), null);
    await cache.set('f', { epoch: 3, percent: 71, detail: {} }, 60_000);
    assert.equal((await cache.get('f'))?.percent, 71);
    raw.disconnect();
    await cache.close();
  });
});
