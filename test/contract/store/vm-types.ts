// Contract of the store: VM types.
import { strict as assert } from 'node:assert';
import { saidOf } from '@educloud/contracts';
import { MANY, times, trues, type StoreScene } from './scene.ts';

export function vmTypesContract(scene: StoreScene): void {
  describe('VM types', () => {
    const vmType = (name: string, set: object = {}) => ({ name, memoryMiB: 1024, cpus: 2, diskGiB: 20, description: 'für 教室', rev: 1, createdAt: 5, updatedAt: 5, ...set });

    it('that come with the cloud are there, smallest first, each with words in both languages', async () => {
      const shipped = await scene.store.read.vmTypes.vmTypes();
      assert.deepEqual(shipped.map((row) => row.name), ['tiny', 'small', 'medium', 'desktop', 'large', 'xlarge']);
      for (const { name, description } of shipped) assert.ok(saidOf(description), name);
    });

    it('give a name to one of many that want it', async () => {
      assert.equal(trues(await times(MANY, (i) => scene.at(i, (tx) => tx.vmTypes.insertVmType(vmType('course', { cpus: i + 1 }))))), 1);
      assert.equal(await scene.store.read.vmTypes.vmType('Course'), null);
    });

    it('change for one of many that saw the same revision', async () => {
      await scene.store.transaction((tx) => tx.vmTypes.insertVmType(vmType('course')));
      assert.equal(trues(await times(MANY, (i) => scene.at(i, (tx) => tx.vmTypes.updateVmType('course', 1, { cpus: i + 1, updatedAt: 9 })))), 1);
      const row = await scene.store.read.vmTypes.vmType('course');
      assert.deepEqual([row?.rev, row?.updatedAt, row?.createdAt, row?.description], [2, 9, 5, 'für 教室']);
      assert.equal(await scene.store.read.vmTypes.deleteVmType('course', 1), false);
      assert.equal(trues(await times(MANY, (i) => scene.both(i).read.vmTypes.deleteVmType('course', 2))), 1);
      assert.equal(await scene.store.read.vmTypes.vmType('course'), null);
    });

    it('are kept by many that use them at once, and not deleted meanwhile', async () => {
      await scene.store.transaction((tx) => tx.vmTypes.insertVmType(vmType('course')));
      let used = 0;
      await Promise.all([
        ...Array.from({ length: MANY }, (_, i) => scene.at(i, async (tx) => { if (await tx.vmTypes.useVmType('course')) { used += 1; assert.ok(await tx.vmTypes.vmType('course')); } })),
        scene.at(1, (tx) => tx.vmTypes.deleteVmType('course', 1)),
      ]);
      assert.ok(used >= 0 && used <= MANY);
      assert.equal(await scene.store.read.vmTypes.useVmType('course'), null);
    });
  });
}
