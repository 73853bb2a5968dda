// Contract of the store: Images, their versions and who uses them.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { hasCode } from '@educloud/errors';
import { BeginImageCreate, type ImageId } from '@educloud/contracts';
import { beginImageCreate } from '../../../apps/clc/src/commands/image-create/begin.ts';
import { deleteImage } from '../../../apps/clc/src/commands/image-delete.ts';
import type { Deps } from '../../../apps/clc/src/deps.ts';
import type { Store } from '../../../apps/clc/src/store/index.ts';
import { imageRow, taskRow, versionRow } from '../../support/store-rows.ts';
import { MANY, times, type StoreScene } from './scene.ts';

export function imagesContract(scene: StoreScene): void {
  describe('images', () => {
    it('give every version a number of its own, and none twice', async () => {
      await scene.store.read.images.insertImage(imageRow(1));
      const numbers = await times(MANY, (i) => scene.at(i, (tx) => tx.images.reserveVersion(versionRow('img-00000001'))));
      assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: MANY }, (_, i) => i + 1));
      await assert.rejects(scene.store.read.images.reserveVersion(versionRow('img-0000dead')), (e) => hasCode(e, 'NOT_FOUND'));
      assert.deepEqual(await scene.store.read.images.version('img-00000001', 3), { ...versionRow('img-00000001'), version: 3 });
    });

    it('are held by exactly one task', async () => {
      await scene.store.read.images.insertImage(imageRow(1));
      const holders = await times(MANY, async (i) => ((await scene.at(i, (tx) => tx.images.hold('img-00000001', `t${i}`))) ? `t${i}` : null));
      const [holder, ...more] = holders.filter((h) => h !== null);
      assert.deepEqual(more, []);
      assert.equal(await scene.store.read.images.hold('img-00000001', String(holder)), true, 'its own hold again');
      await scene.store.read.images.release('img-00000001', 'somebody else');
      assert.equal((await scene.store.read.images.image('img-00000001'))?.heldBy, holder);
      await scene.store.read.images.release('img-00000001', String(holder));
      assert.equal(await scene.store.read.images.hold('img-00000001', 'next'), true);
    });

    it('are listed page by page, newest first, without deleted and unfinished ones', async () => {
      const { images } = scene.store.read;
      for (let n = 1; n <= 7; n += 1) {
        // Two of the same moment: the id decides.
        await images.insertImage(imageRow(n, { createdAt: 1000 + Math.floor(n / 2) }));
        await images.reserveVersion(versionRow(`img-0000000${n}`, { state: n === 3 ? 'uploading' : 'available' }));
      }
      await images.markDeleted('img-00000002', 5);
      const ids: string[] = [];
      for (let cursor: string | undefined, more = true; more;) {
        const page = await images.images({ limit: 2, cursor });
        ids.push(...page.items.map((i) => i.id));
        cursor = page.next ?? undefined;
        more = page.next !== null;
      }
      assert.deepEqual(ids, [7, 6, 5, 4, 1].map((n) => `img-0000000${n}`));
      assert.equal((await images.images({ limit: 10, all: true })).items.length, 6);
      assert.equal(await images.countImages(), 6);
      await assert.rejects(images.images({ limit: 2, cursor: 'rubbish' }), (e) => hasCode(e, 'BAD_REQUEST'));
      assert.equal(await images.markDeleted('img-00000002', 6), false);
      assert.equal(await images.updateImage('img-00000002', { name: 'x' }), false);
    });

    it('are listed from their first finished version to their last one, also when several are changed side by side', async () => {
      const { images } = scene.store.read;
      const shown = async (): Promise<boolean> => (await images.images({ limit: 10 })).items.length === 1;
      await images.insertImage(imageRow(1));
      for (let n = 1; n <= MANY; n += 1) await images.reserveVersion(versionRow('img-00000001', { state: 'uploading' }));
      const versions = Array.from({ length: MANY }, (_, i) => i + 1);
      assert.equal(await shown(), false);
      await Promise.all(versions.map((v) => scene.both(v).read.images.setVersion('img-00000001', v, ['uploading'], { state: v === 2 ? 'available' : 'refused' })));
      assert.equal(await shown(), true);
      await Promise.all(versions.map((v) => scene.both(v).read.images.setVersion('img-00000001', v, ['refused', 'available'], { state: v === 1 ? 'available' : 'deleting' })));
      assert.equal(await shown(), true);
      await images.relist();
      assert.equal(await shown(), true);
      await images.setVersion('img-00000001', 1, ['available'], { state: 'deleting' });
      assert.equal(await shown(), false);
    });

    it('know their newest available version and who refers to them', async () => {
      const { images, tasks } = scene.store.read;
      for (const n of [1, 2, 3]) await images.insertImage(imageRow(n));
      for (let i = 0; i < 3; i += 1) await images.reserveVersion(versionRow('img-00000001'));
      assert.equal(await images.setVersion('img-00000001', 1, ['reserved'], { state: 'available', sha256: 'a', sizeBytes: 6_000_000_000_000 }), true);
      assert.equal(await images.setVersion('img-00000001', 2, ['reserved', 'uploading'], { state: 'available' }), true);
      assert.equal(await images.setVersion('img-00000001', 2, ['reserved'], { state: 'refused' }), false);
      assert.equal((await images.latestAvailable('img-00000001'))?.version, 2);
      assert.deepEqual([...(await images.latestAvailableOf(['img-00000001', 'img-00000002']))].map(([id, v]) => [id, v.version]), [['img-00000001', 2]]);
      assert.equal((await images.version('img-00000001', 1))?.sizeBytes, 6_000_000_000_000);
      assert.deepEqual(await images.references('img-00000001'), []);
      await tasks.insertTask(taskRow(1));
      await tasks.insertTask(taskRow(9, { srcImageId: 'img-00000001', state: 'cancelled' }));
      assert.deepEqual(await images.references('img-00000001'), [taskRow(1).tid]);
      assert.deepEqual(await images.references('img-00000002'), [taskRow(1).tid], 'as destination');
    });

    it('that are deleted are used by nobody: no lock, no version, no hold', async () => {
      const { images } = scene.store.read;
      await images.insertImage(imageRow(1));
      assert.deepEqual(await images.useImage('img-00000001'), imageRow(1));
      await images.markDeleted('img-00000001', 1);
      assert.equal(await images.useImage('img-00000001'), null);
      assert.equal(await images.keepImage('img-00000001'), null);
      assert.equal(await images.hold('img-00000001', 't'), false);
      await assert.rejects(images.reserveVersion(versionRow('img-00000001')), (e) => hasCode(e, 'NOT_FOUND'));
    });

    // On SQLite there is one transaction at a time: nothing to keep beside another.
    if (scene.kind === 'mariadb') {
      it('are kept by a whole class at once, and deleted only after it', async () => {
        await scene.store.read.images.insertImage(imageRow(1));
        const order: string[] = [];
        let deleted: Promise<unknown> = Promise.resolve();
        await scene.store.transaction(async (tx) => {
          assert.deepEqual(await tx.images.keepImage('img-00000001'), imageRow(1));
          await scene.other.transaction(async (beside) => assert.deepEqual(await beside.images.keepImage('img-00000001'), imageRow(1)));
          deleted = scene.other.transaction(async (erasing) => (await erasing.images.markDeleted('img-00000001', 1), order.push('deleted')));
          // It has surely asked by now: another transaction has come and gone after it.
          await scene.other.transaction((beside) => beside.images.image('img-00000001'));
          order.push('kept');
        });
        await deleted;
        assert.deepEqual(order, ['kept', 'deleted']);
      });
    }

    it('are deleted or begun with, never both', async () => {
      const deps = (on: Store): Deps => ({ store: on, now: () => scene.clock, random: (n: number) => randomBytes(n), saga: { start: async () => null, kick: () => undefined }, limits: { maxVirtualBytes: 1 } }) as unknown as Deps;
      const order = BeginImageCreate.parse({ name: 'mine' });
      for (let n = 1; n <= MANY; n += 1) {
        const id = imageRow(n).id as ImageId;
        await scene.store.read.images.insertImage(imageRow(n));
        await scene.store.read.images.reserveVersion(versionRow(id, { state: 'available', sha256: 'a', sizeBytes: 1, virtualSizeBytes: 1, format: 'qcow2' }));
        const begin = (): Promise<unknown> => beginImageCreate(deps(scene.both(n)), id, order, 'anna');
        const erase = (): Promise<unknown> => deleteImage(deps(scene.both(n + 1)), id);
        const ends = await Promise.allSettled(n % 3 === 0 ? [erase(), begin()] : [begin(), erase()]);
        const deleted = (await scene.store.read.images.image(id))?.deletedAt !== null;
        const used = (await scene.store.read.images.references(id)).length > 0;
        assert.equal(deleted !== used, true, `image ${n}: deleted ${deleted}, used ${used}`);
        assert.equal(ends.filter((end) => end.status === 'fulfilled').length, 1);
      }
    });
  });
}
