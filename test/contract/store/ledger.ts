// Contract of the store: Instances on their nodes, and what is promised there.
import { strict as assert } from 'node:assert';
import { instanceRow } from '../../support/store-rows.ts';
import { MANY, times, trues, type StoreScene } from './scene.ts';

export function ledgerContract(scene: StoreScene): void {
  describe('instances and the ledger', () => {
    it('apply a status only if it is newer, whatever order they come in', async () => {
      await scene.store.read.instances.insertInstance(instanceRow(1, { ncId: 'nc-00000001' }));
      const states = ['init', 'running', 'stopping', 'stopped'] as const;
      await times(MANY, (i) => scene.both(i).read.instances.applyStatus('ins-00000001', { epoch: 1 + Math.floor(i / 10), seq: (i * 7) % 10 }, states[i % 4] ?? 'init'));
      const row = await scene.store.read.instances.instance('ins-00000001');
      assert.deepEqual([row?.statusEpoch, row?.statusSeq], [2, 9]);
      assert.equal(await scene.store.read.instances.applyStatus('ins-00000001', { epoch: 2, seq: 9 }, 'init'), false);
      assert.equal(await scene.store.read.instances.applyStatus('ins-00000001', { epoch: 1, seq: 99 }, 'init'), false);
      assert.equal(await scene.store.read.instances.updateInstance('ins-00000001', { deletedAt: 1 }), true);
      assert.deepEqual(await scene.store.read.instances.instancesAt('nc-00000001'), []);
    });

    it('list those of a node among 5,000 quickly', async () => {
      await scene.store.transaction(async (tx) => { for (let n = 1; n <= 5000; n += 1) await tx.instances.insertInstance(instanceRow(n, { ncId: `nc-0000${String(n % 100).padStart(4, '0')}` })); });
      const before = performance.now();
      const some = await scene.store.read.instances.instancesAt('nc-00000042');
      const ms = performance.now() - before;
      assert.equal(some.length, 50);
      assert.ok(ms < 50, `listing took ${ms} ms`);
    });

    it('promise a node to exactly as many as fit', async () => {
      await scene.store.read.ledger.setLimits('nc-00000001', { cpus: 10, memoryMiB: 100_000, diskBytes: 10 ** 15 });
      const one = { cpus: 1, memoryMiB: 512, diskBytes: 0 };
      const won = await times(MANY, (i) => scene.at(i, (tx) => tx.ledger.claim(`ins-${i}`, 'compute', 'nc-00000001', one)));
      assert.equal(trues(won), 10);
      assert.deepEqual((await scene.store.read.ledger.usage('nc-00000001'))?.used, { cpus: 10, memoryMiB: 5120, diskBytes: 0 });
      const winner = `ins-${won.indexOf(true)}`;
      assert.equal(await scene.store.read.ledger.claim(winner, 'compute', 'nc-00000001', one), true, 'its own claim again, though the node is full');
      assert.equal(await scene.store.read.ledger.claim('ins-x', 'disk', 'nc-00000001', { cpus: 0, memoryMiB: 0, diskBytes: 5 }), true, 'the disk is not full');
      await times(MANY, (i) => scene.at(i, (tx) => tx.ledger.release(winner, 'compute')));
      assert.deepEqual((await scene.store.read.ledger.usage('nc-00000001'))?.used, { cpus: 9, memoryMiB: 4608, diskBytes: 5 });
      assert.equal(await scene.store.read.ledger.claimOf(winner, 'compute'), null);
    });

    it('make one claim of many equal ones, and keep it when the limits change', async () => {
      await scene.store.read.ledger.setLimits('nc-00000001', { cpus: 100, memoryMiB: 100, diskBytes: 100 });
      const won = await times(MANY, (i) => scene.at(i, (tx) => tx.ledger.claim('ins-1', 'compute', 'nc-00000001', { cpus: 3, memoryMiB: 3, diskBytes: 0 })));
      assert.equal(trues(won), MANY);
      await scene.store.read.ledger.setLimits('nc-00000001', { cpus: 1, memoryMiB: 1, diskBytes: 1 });
      assert.deepEqual(await scene.store.read.ledger.usage('nc-00000001'), { limits: { cpus: 1, memoryMiB: 1, diskBytes: 1 }, used: { cpus: 3, memoryMiB: 3, diskBytes: 0 } });
      assert.deepEqual(await scene.store.read.ledger.claimOf('ins-1', 'compute'), { ncId: 'nc-00000001', diskBytes: 0 });
      assert.equal(await scene.store.read.ledger.claim('ins-1', 'compute', 'nc-0000dead', { cpus: 1, memoryMiB: 1, diskBytes: 0 }), false);
      assert.equal(await scene.store.read.ledger.usage('nc-0000dead'), null);
    });
  });
}
