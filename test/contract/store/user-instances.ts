// Contract of the store: Instances as people defined them.
import { strict as assert } from 'node:assert';
import { hasCode } from '@educloud/errors';
import type { Tx } from '../../../apps/clc/src/store/index.ts';
import { instanceRow, userInstanceRow } from '../../support/store-rows.ts';
import { MANY, times, type StoreScene } from './scene.ts';

export function userInstancesContract(scene: StoreScene): void {
  describe('instances that people defined', () => {
    const insert = (...rows: Array<ReturnType<typeof userInstanceRow>>): Promise<void> => scene.store.transaction(async (tx) => { for (const row of rows) await tx.userInstances.insertUserInstance(row); });

    it('are read as they were written', async () => {
      const row = userInstanceRow(1, { error: { code: 'NO_CAPACITY', message: 'none', retryable: true }, definition: { diskGiB: 20, node: 'nc-00000001', cluster: null, highAvailability: true, scale: { min: 1, max: 3 } }, pinnedVersion: 2, madeFrom: 2, startedAt: 5 });
      await insert(row);
      assert.deepEqual(await scene.store.read.userInstances.userInstance(row.id), row);
      assert.deepEqual(await scene.store.read.userInstances.userInstancesByIds([row.id, 'ins-0000dead']), [row]);
      assert.equal(await scene.store.read.userInstances.userInstance('ins-0000dead'), null);
    });
    it('change from the stand that was meant, once, with one event for each change', async () => {
      await insert(userInstanceRow(1));
      const answers = await times(MANY, (i) => scene.at(i, (tx) => tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'initialized/scheduling', progress: i })));
      assert.equal(answers.filter(Boolean).length, 1);
      const now = await scene.store.read.userInstances.userInstance('ins-00000001');
      assert.deepEqual([now?.vmState, now?.taskState, now?.rev], ['initialized', 'scheduling', 2]);
      const events = (await scene.store.read.events.after(0, 100)).filter((event) => event.kind === 'instance');
      assert.deepEqual(events.map((event) => (event.payload as { status: string }).status), ['DEFINED', 'BUILD']);
    });
    it('go nowhere the table does not know, and then nothing is written', async () => {
      await insert(userInstanceRow(1));
      await assert.rejects(scene.store.transaction((tx) => tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'active/-' })), (e) => hasCode(e, 'WRONG_STATE'));
      assert.equal((await scene.store.read.userInstances.userInstance('ins-00000001'))?.rev, 1);
      assert.equal(await scene.store.read.events.lastId(), 1);
    });
    it('are listed by owner, name, state, kind, image and node, newest first, page by page', async () => {
      await insert(...[1, 2, 3, 4, 5].map((n) => userInstanceRow(n, { name: n > 3 ? 'pc' : `pc-${n}`, owner: n === 3 ? 'ben' : 'anna', kind: n === 4 ? 'vs' : 'rvd', imageId: `img-0000000${n === 5 ? 2 : 1}` })));
      await scene.store.transaction(async (tx) => {
        for (const n of [2, 3, 5]) await tx.instances.insertInstance(instanceRow(n, { ncId: 'nc-00000009', purpose: 'run', createdAt: userInstanceRow(n).createdAt }));
        await tx.instances.insertInstance(instanceRow(6, { ncId: 'nc-00000009' })); // of a build
        await tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'deleted/-', deletedAt: 7 });
      });
      const ids = async (filter: Parameters<Tx['userInstances']['userInstances']>[0]): Promise<number[]> => (await scene.store.read.userInstances.userInstances(filter)).items.map((row) => parseInt(row.id.slice(4), 16));
      assert.deepEqual(await ids({ limit: 10 }), [5, 4, 3, 2]);
      assert.deepEqual(await ids({ limit: 10, owner: 'ben' }), [3]);
      assert.deepEqual(await ids({ limit: 10, kind: 'vs' }), [4]);
      assert.deepEqual(await ids({ limit: 10, name: 'pc' }), [5, 4]);
      assert.deepEqual(await ids({ limit: 10, name: 'pc-1' }), [], 'deleted');
      assert.deepEqual(await ids({ limit: 10, image: 'img-00000002' }), [5]);
      assert.deepEqual(await ids({ limit: 10, node: 'nc-00000009' }), [5, 3, 2]);
      assert.deepEqual(await ids({ limit: 10, node: 'nc-00000009', owner: 'ben' }), [3]);
      const there = await scene.store.read.userInstances.userInstances({ limit: 2, node: 'nc-00000009' });
      assert.deepEqual(await ids({ limit: 2, node: 'nc-00000009', cursor: there.next ?? '' }), [2]);
      assert.deepEqual(await ids({ limit: 10, status: 'DELETED' }), [1]);
      const first = await scene.store.read.userInstances.userInstances({ limit: 3 });
      assert.deepEqual(await ids({ limit: 3, cursor: first.next ?? '' }), [2]);
    });
    it('are forgotten long after they were deleted, with their runtime row, and no other', async () => {
      await insert(userInstanceRow(1), userInstanceRow(2));
      await scene.store.transaction(async (tx) => {
        for (const n of [1, 2]) await tx.instances.insertInstance(instanceRow(n, { purpose: 'run' }));
        await tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'deleted/-', deletedAt: 7 });
      });
      assert.equal(await scene.store.transaction((tx) => tx.history.forgetInstances(7, 10)), 0);
      assert.equal(await scene.store.transaction((tx) => tx.history.forgetInstances(8, 10)), 1);
      assert.deepEqual((await scene.store.read.userInstances.userInstancesByIds(['ins-00000001', 'ins-00000002'])).map((row) => row.id), ['ins-00000002']);
      assert.deepEqual((await scene.store.read.instances.instancesByIds(['ins-00000001', 'ins-00000002'])).map((row) => row.id), ['ins-00000002']);
    });
    it('R138 that are local desktops are not forgotten: a host that was away for years is told that they have ended', async () => {
      await insert(userInstanceRow(1, { kind: 'lvd' }));
      await scene.store.transaction((tx) => tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'deleted/-', deletedAt: 7 }));
      assert.equal(await scene.store.transaction((tx) => tx.history.forgetInstances(8, 10)), 0);
      assert.equal((await scene.store.read.userInstances.userInstancesByIds(['ins-00000001']))[0]?.deletedAt, 7);
    });
    it('are references of their image until they are deleted', async () => {
      await insert(userInstanceRow(1));
      assert.deepEqual(await scene.store.read.images.references('img-00000001'), ['ins-00000001']);
      await scene.store.transaction((tx) => tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'deleted/-', deletedAt: 7 }));
      assert.deepEqual(await scene.store.read.images.references('img-00000001'), []);
    });
  });
}
