// What every progress cache promises. progress.test.ts runs it over Redis and over the map in memory.
import assert from 'node:assert/strict';
import type { ProgressCache, ProgressValue } from '@educloud/progress';
import { eventually } from '../support/eventually.ts';

export interface ProgressUnderTest {
  /** Another user of the same cache; closed by the test that opened it. */
  open(): Promise<ProgressCache>;
}

const at = (epoch: number, percent: number, detail: Record<string, unknown> = {}): ProgressValue => ({ epoch, percent, detail });
const LONG_MS = 60_000;

export function progressContract(name: string, create: () => Promise<ProgressUnderTest>): void {
  describe(`the progress cache (${name})`, () => {
    let cache: ProgressCache;
    let under: ProgressUnderTest;
    before(async function () {
      this.timeout(60_000);
      under = await create();
      cache = await under.open();
      await eventually('connected', () => cache.state().connected);
    });
    after(() => cache?.close());

    it('gives back what was set, and null for what was not', async () => {
      await cache.set('a', at(1, 40, { bytes: 123, note: '复制 copying' }), LONG_MS);
      assert.deepEqual(await cache.get('a'), at(1, 40, { bytes: 123, note: '复制 copying' }));
      assert.equal(await cache.get('nothing'), null);
      assert.deepEqual(await cache.getMany(['nothing', 'a']), [null, at(1, 40, { bytes: 123, note: '复制 copying' })]);
      assert.deepEqual(await cache.getMany([]), []);
      await cache.delete('a');
      assert.equal(await cache.get('a'), null);
    });

    it('never goes down within an epoch, whatever the order of arrival', async () => {
      await Promise.all([5, 90, 40, 3, 90, 12].map((percent) => cache.set('b', at(1, percent), LONG_MS)));
      assert.equal((await cache.get('b'))?.percent, 90);
      await cache.set('b', at(1, 90, { note: 'same number, newer detail' }), LONG_MS);
      assert.deepEqual((await cache.get('b'))?.detail, { note: 'same number, newer detail' });
    });

    it('starts again lower in a higher epoch, and an old epoch changes nothing', async () => {
      await cache.set('c', at(1, 80), LONG_MS);
      await cache.set('c', at(2, 0), LONG_MS);
      await cache.set('c', at(1, 100), LONG_MS);
      assert.deepEqual(await cache.get('c'), at(2, 0));
    });

    it('forgets after the time to live', async () => {
      await cache.set('d', at(1, 10), 30);
      assert.equal((await cache.get('d'))?.percent, 10);
      await eventually('gone', async () => (await cache.get('d')) === null);
      await cache.set('d', at(1, 1), LONG_MS);
      assert.equal((await cache.get('d'))?.percent, 1);
    });

    it('does not hand out its own object', async () => {
      await cache.set('e', at(1, 10, { n: 1 }), LONG_MS);
      const got = await cache.get('e');
      if (got) got.detail['n'] = 2;
      assert.deepEqual((await cache.get('e'))?.detail, { n: 1 });
    });

    it('wakes every listener of a channel, here and in another user, until it stops listening', async () => {
      const other = await under.open();
      await eventually('connected', () => other.state().connected);
      const mine: unknown[] = [];
      const theirs: unknown[] = [];
      const stop = cache.listen(`events-${name}`, (p) => mine.push(p));
      other.listen(`events-${name}`, (p) => theirs.push(p));
      await eventually('both hear', () => {
        cache.notify(`events-${name}`, { id: 1 });
        return mine.length > 0 && theirs.length > 0;
      });
      assert.deepEqual([mine[0], theirs[0]], [{ id: 1 }, { id: 1 }]);
      stop();
      const heard = mine.length;
      other.notify(`events-${name}`, { id: 2 });
      await eventually('the other hears', () => theirs.some((p) => (p as { id: number }).id === 2));
      assert.equal(mine.length, heard);
      await other.close();
    });
  });
}
