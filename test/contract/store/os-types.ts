// Contract of the store: OS types.
import { strict as assert } from 'node:assert';
import { GuestHardware, NAMES, OS_HARDWARE, saidOf } from '@educloud/contracts';
import { deleteOsType } from '../../../apps/clc/src/commands/os-type-delete.ts';
import type { Deps } from '../../../apps/clc/src/deps.ts';
import { imageRow } from '../../support/store-rows.ts';
import { MANY, times, trues, type StoreScene } from './scene.ts';

export function osTypesContract(scene: StoreScene): void {
  describe('OS types', () => {
    it('that come with the cloud are there, each with words in both languages and a VM type there is; the first three as they always were', async () => {
      const shipped = await scene.store.read.osTypes.osTypes();
      assert.deepEqual(shipped.map((row) => row.name).sort(), ['linux', 'linux-desktop', 'other', 'windows', 'windows-desktop', 'windows-legacy']);
      for (const row of shipped) {
        assert.ok(saidOf(row.title) ?? /^(Linux|Windows)$/.test(row.title), row.title);
        assert.ok(row.name in NAMES.ostype, row.name);
        assert.ok(await scene.store.read.vmTypes.vmType(row.defaultVmType), row.defaultVmType);
      }
      for (const [name, hardware] of Object.entries(OS_HARDWARE)) assert.deepEqual(GuestHardware.parse(await scene.store.read.osTypes.osType(name)), hardware);
      const defaults = await Promise.all(['linux', 'windows', 'other'].map(async (name) => scene.store.read.vmTypes.vmType((await scene.store.read.osTypes.osType(name))!.defaultVmType)));
      assert.deepEqual(defaults.map((size) => [size?.memoryMiB, size?.cpus]), [[512, 1], [4096, 2], [1024, 1]]);
    });

    it('are given once, change for one of many, and know who has them', async () => {
      const row = { ...OS_HARDWARE.other, name: 'bsd', title: '教室 BSD', defaultVmType: 'tiny', rev: 1, createdAt: 5, updatedAt: 5 };
      assert.equal(trues(await times(MANY, (i) => scene.at(i, (tx) => tx.osTypes.insertOsType(row)))), 1);
      assert.equal(trues(await times(MANY, (i) => scene.at(i, (tx) => tx.osTypes.updateOsType('bsd', 1, { localtime: true, updatedAt: 6 })))), 1);
      assert.deepEqual(await scene.store.read.osTypes.osType('bsd'), { ...row, localtime: true, rev: 2, updatedAt: 6 });
      assert.deepEqual(await scene.store.read.osTypes.osTypesWithDefault('tiny'), ['bsd']);
      await scene.store.transaction(async (tx) => {
        await tx.images.insertImage(imageRow(2, { ostype: 'bsd' }));
        await tx.images.insertImage(imageRow(1, { ostype: 'bsd' }));
        await tx.images.insertImage(imageRow(3, { ostype: 'bsd', deletedAt: 1 }));
      });
      assert.deepEqual(await scene.store.read.images.imagesOfType('bsd'), ['img-00000001', 'img-00000002']);
    });

    it('are taken by an image or deleted, never both', async () => {
      for (let n = 1; n <= 10; n++) {
        const name = `os-${n}`;
        await scene.store.transaction((tx) => tx.osTypes.insertOsType({ ...OS_HARDWARE.other, name, title: name, defaultVmType: 'tiny', rev: 1, createdAt: 5, updatedAt: 5 }));
        const deps = { store: scene.other, now: () => scene.clock } as unknown as Deps;
        await Promise.allSettled([
          scene.store.transaction(async (tx) => { if (await tx.osTypes.useOsType(name)) await tx.images.insertImage(imageRow(n, { ostype: name })); }),
          deleteOsType(deps, name, null),
        ]);
        const [there, images] = [await scene.store.read.osTypes.osType(name), await scene.store.read.images.imagesOfType(name)];
        assert.equal(there !== null, images.length > 0, `${name}: ${there ? 'there' : 'gone'}, ${images.length} images`);
      }
    });
  });
}
