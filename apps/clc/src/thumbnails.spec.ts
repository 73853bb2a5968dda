import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createThumbnails } from './thumbnails.ts';

describe('pictures of screens', () => {
  it('are taken one at a time of each node, side by side of two, and once for all who ask', async () => {
    let most = 0;
    const under = new Map<string, number>();
    let taken = 0;
    const pictures = createThumbnails({
      now: () => 0,
      async take(insId, ncId) {
        taken += 1;
        under.set(ncId, (under.get(ncId) ?? 0) + 1);
        most = Math.max(most, [...under.values()].reduce((a, b) => a + b));
        assert.equal(under.get(ncId), 1);
        await turn();
        under.set(ncId, 0);
        return Buffer.from(insId);
      },
    });
    const all = await Promise.all(['a', 'b', 'c', 'a'].flatMap((insId) => ['n1', 'n2'].map((ncId) => pictures.of(`${insId}${ncId}`, ncId))));
    assert.deepEqual([taken, most, all.length], [6, 2, 8]);
  });
  it('are kept for some seconds, and not for another run on another node; one that failed is asked for again', async () => {
    let now = 1000;
    let taken = 0;
    const pictures = createThumbnails({ now: () => now, take: async () => { taken += 1; if (taken === 1) throw new Error('away'); return Buffer.from(String(taken)); } });
    await assert.rejects(pictures.of('a', 'n1'));
    assert.equal(String(await pictures.of('a', 'n1')), '2');
    now += 9999;
    assert.equal(String(await pictures.of('a', 'n1')), '2');
    assert.equal(String(await pictures.of('a', 'n2')), '3');
    now += 10_000;
    assert.equal(String(await pictures.of('a', 'n2')), '4');
  });
  it('are refused when too many wait for one node', async () => {
    const pictures = createThumbnails({ now: () => 0, take: () => new Promise(() => undefined) });
    for (let n = 0; n < 64; n += 1) void pictures.of(`g${n}`, 'n1');
    await assert.rejects(pictures.of('one more', 'n1'), { code: 'TOO_MANY_REQUESTS' });
  });
});
