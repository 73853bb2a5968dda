// Contract of the store: What holds for every transaction of the store.
import { strict as assert } from 'node:assert';
import { CloudError, hasCode } from '@educloud/errors';
import { imageRow } from '../../support/store-rows.ts';
import { times, type StoreScene } from './scene.ts';

export function transactionsContract(scene: StoreScene): void {
  describe('transactions', () => {
    it('leave nothing behind when the work throws, and give its error on', async () => {
      const boom = new Error('boom');
      await assert.rejects(scene.store.transaction(async (tx) => {
        await tx.images.insertImage(imageRow(1));
        await tx.events.append('image', 'img-00000001', {});
        throw boom;
      }), boom);
      assert.equal(await scene.store.read.images.image('img-00000001'), null);
      assert.equal(await scene.store.read.events.lastId(), 0);
    });

    it('show the outside nothing before the commit, and everything after it', async () => {
      let seen: unknown = 'not asked';
      let look: Promise<void> = Promise.resolve();
      await scene.store.transaction(async (tx) => {
        await tx.images.insertImage(imageRow(1));
        look = scene.other.read.images.image('img-00000001').then((row) => { seen = row; });
        await look;
      });
      assert.equal(seen, null);
      assert.deepEqual(await scene.store.read.images.image('img-00000001'), imageRow(1));
    });

    it('refuse a read beside the open transaction instead of waiting for themselves', async () => {
      await assert.rejects(scene.store.transaction(async () => { await scene.store.read.images.countImages(); }), (e) => hasCode(e, 'INTERNAL'));
      await assert.rejects(scene.store.transaction(async () => { await scene.store.transaction(async () => 1); }), (e) => hasCode(e, 'INTERNAL'));
      assert.equal(await scene.store.read.images.countImages(), 0);
    });

    it('run again after a lost race', async () => {
      let runs = 0;
      const answer = await scene.store.transaction(async () => {
        runs += 1;
        if (runs < 3) throw new CloudError('CONFLICT', 'somebody was faster');
        return runs;
      });
      assert.equal(answer, 3);
    });

    it('of two that lock the same rows in opposite order both succeed', async () => {
      await scene.store.transaction(async (tx) => { for (const n of [1, 2]) await tx.images.insertImage(imageRow(n)); });
      await times(10, (i) => scene.at(i, async (tx) => {
        for (const n of i % 4 < 2 ? [1, 2] : [2, 1]) await tx.images.updateImage(`img-0000000${n}`, { description: `of ${i}` });
      }));
      const [one, two] = [await scene.store.read.images.image('img-00000001'), await scene.store.read.images.image('img-00000002')];
      assert.equal(one?.description, two?.description);
    });

    it('wake listeners once after the commit of events, and never without one', async () => {
      let woken = 0;
      const off = scene.store.onEvents(() => { woken += 1; });
      await scene.store.transaction(async (tx) => {
        await tx.events.append('node', 'nc-00000001', {});
        await tx.events.append('node', 'nc-00000002', {});
        assert.equal(woken, 0);
      });
      assert.equal(woken, 1);
      await scene.store.transaction(async (tx) => { await tx.images.countImages(); });
      off();
      await scene.store.transaction(async (tx) => { await tx.events.append('node', 'nc-00000001', {}); });
      assert.equal(woken, 1);
    });
  });
}
