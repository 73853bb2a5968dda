// Contract of the store: The lease of the leader.
import { strict as assert } from 'node:assert';
import { hasCode } from '@educloud/errors';
import type { Store } from '../../../apps/clc/src/store/index.ts';
import { imageRow } from '../../support/store-rows.ts';
import { MANY, times, type StoreScene } from './scene.ts';

export function leasesContract(scene: StoreScene): void {
  describe('the lease of the leader', () => {
    it('tells who could lead as long as he said, whoever said it last, and leaves the lease alone', async () => {
      assert.equal((await scene.store.read.leases.lease()).standby, null);
      await times(MANY, (i) => scene.both(i).read.leases.standBy(`clc-${i}`, HOLD_MS));
      assert.match((await scene.store.read.leases.lease()).standby ?? '', /^clc-/);
      await scene.other.read.leases.standBy('clc-b', HOLD_MS);
      assert.deepEqual(await scene.store.read.leases.lease().then(({ holder, epoch, standby }) => [holder, epoch, standby]), [null, 0, 'clc-b']);
      assert.equal(await scene.store.read.leases.takeLease('clc-a', HOLD_MS, false), 1);
      await scene.other.read.leases.standBy('clc-b', 0);
      assert.deepEqual(await scene.store.read.leases.lease().then(({ holder, standby }) => [holder, standby]), ['clc-a', null]);
    });

    const HOLD_MS = 60_000;
    const leading = (epoch: number, refusals: string[] = [], valid = () => true): Store => scene.store.fenced({ epoch, valid, refused: (by) => void refusals.push(by) });

    it('is taken by one of many, each time under a higher epoch, and again at once by an earlier self or when it was given back', async () => {
      const taken = await times(MANY, (i) => scene.both(i).read.leases.takeLease(`clc-${i}`, HOLD_MS, false));
      assert.deepEqual(taken.filter((epoch) => epoch !== null), [1]);
      const { holder, epoch, leftMs } = await scene.other.read.leases.lease();
      assert.deepEqual([holder, epoch], [`clc-${taken.indexOf(1)}`, 1]);
      assert.ok(leftMs > HOLD_MS / 2 && leftMs <= HOLD_MS, `${leftMs} ms left`);
      assert.equal(await scene.other.read.leases.takeLease('another', HOLD_MS, true), null);
      assert.equal(await scene.other.read.leases.takeLease(holder ?? '', HOLD_MS, true), 2);
      assert.deepEqual([await scene.store.read.leases.renewLease(1, HOLD_MS), await scene.store.read.leases.renewLease(2, HOLD_MS)], [false, true]);
      await scene.store.read.leases.releaseLease(1);
      assert.equal(await scene.store.read.leases.takeLease('another', HOLD_MS, false), null);
      await scene.store.read.leases.releaseLease(2);
      assert.equal(await scene.store.read.leases.takeLease('another', HOLD_MS, false), 3);
    });

    it('keeps out the changes of a leader that was replaced and does not know it, in a transaction and outside of one', async () => {
      const epoch = (await scene.store.read.leases.takeLease('old', HOLD_MS, false)) ?? 0;
      const refusals: string[] = [];
      const stale = leading(epoch, refusals);
      await stale.transaction((tx) => tx.images.insertImage(imageRow(1)));
      await scene.other.read.leases.releaseLease(epoch);
      const next = (await scene.other.read.leases.takeLease('new', HOLD_MS, false)) ?? 0;
      await assert.rejects(stale.transaction((tx) => tx.images.insertImage(imageRow(2))), (e) => hasCode(e, 'NOT_READY'));
      await assert.rejects(stale.read.images.insertImage(imageRow(2)), (e) => hasCode(e, 'NOT_READY'));
      assert.deepEqual(refusals, ['database', 'database']);
      assert.equal((await stale.read.images.image('img-00000001'))?.id, 'img-00000001', 'it may still read');
      assert.equal(await scene.store.read.images.image('img-00000002'), null);
      await leading(next).transaction((tx) => tx.images.insertImage(imageRow(2)));
      assert.equal((await scene.store.read.images.image('img-00000002'))?.id, 'img-00000002');
    });

    it('is not taken while a change of its holder is on its way', async () => {
      const epoch = (await scene.store.read.leases.takeLease('old', 0, false)) ?? 0;
      const order: string[] = [];
      let changed = (): void => undefined;
      const inside = new Promise<void>((resolve) => { changed = resolve; });
      let taking: Promise<number | null> | undefined;
      await leading(epoch).transaction(async (tx) => {
        await tx.images.insertImage(imageRow(1));
        taking = scene.other.read.leases.takeLease('new', HOLD_MS, false).finally(() => order.push('taken'));
        setTimeout(changed, 300);
        await inside;
        order.push('changed');
      });
      assert.equal(await taking, epoch + 1);
      assert.deepEqual(order, ['changed', 'taken']);
    });

    it('refuses changes by the clock of its holder without asking the database', async () => {
      const epoch = (await scene.store.read.leases.takeLease('old', HOLD_MS, false)) ?? 0;
      const refusals: string[] = [];
      await assert.rejects(leading(epoch, refusals, () => false).transaction((tx) => tx.images.insertImage(imageRow(1))), (e) => hasCode(e, 'NOT_READY'));
      assert.deepEqual(refusals, ['clock']);
    });
  });
}
