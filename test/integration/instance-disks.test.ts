// The disks of an instance: its three lifetimes, the data disk that outlives them, and what is left of both when a run fails. Real commands,
// plans, engine and database; no daemon.
import assert from 'node:assert/strict';
import { ModifyInstance } from '@educloud/contracts';
import { modifyInstance } from '../../apps/clc/src/commands/instance/modify.ts';
import { resetInstance } from '../../apps/clc/src/commands/instance/reset.ts';
import { runInstance } from '../../apps/clc/src/commands/instance/run.ts';
import { SOURCE, type ClcPlans } from '../support/clc-plans.ts';
import { AGAIN, AWAY, BROKEN, FIRST, GIB, NODE, instancePlansScene } from '../support/instance-plans-scene.ts';
import { versionRow } from '../support/store-rows.ts';

describe('the life of an instance', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  const { define, row, at, claims, act, running, tell } = instancePlansScene((plans) => { clc = plans; });

  describe('its disk', () => {
    it('is kept when it is persistent: the second run finds it where it is', async () => {
      const id = await running();
      assert.deepEqual(await claims(id), ['disk', 'compute']);
      assert.deepEqual(await act(id, 'stop'), ['stopDomain']);
      assert.equal(await at(id), 'stopped/-');
      assert.deepEqual(await claims(id), ['disk']);
      assert.deepEqual(await act(id, 'run'), ['startDomain']);
      assert.equal(await at(id), 'active/-');
    });
    it('is as large as was wanted, and so is its claim', async () => {
      const { id } = await define({ diskGiB: 5 });
      await runInstance(clc.deps, id);
      const clone = (await clc.answerAll('startDomain')).find((sent) => sent.job === 'cloneDisk');
      assert.equal(clone?.params['sizeBytes'], 5 * GIB);
      assert.equal((await clc.deps.store.read.ledger.usage(NODE))?.used.diskBytes, 5 * GIB);
    });
    it('is thrown away at the stop when it is temporary', async () => {
      const id = await running({ kind: 'rvd', lifetime: 'temporary' });
      assert.deepEqual(await act(id, 'stop'), ['stopDomain', ...AWAY]);
      assert.equal(await at(id), 'initialized/-');
      assert.deepEqual(await claims(id), []);
      assert.deepEqual([(await row(id)).madeFrom, (await clc.deps.store.read.instances.instance(id))?.ncId], [null, null]);
      assert.deepEqual(await act(id, 'run'), AGAIN);
    });
    it('is thrown away as well when the guest of a temporary one powers itself off', async () => {
      const id = await running({ kind: 'rvd', lifetime: 'temporary' });
      await tell(id, 'stopped', 'shutdown');
      assert.deepEqual((await clc.answerAll()).map((sent) => sent.job), ['stopDomain', ...AWAY]);
      assert.equal(await at(id), 'initialized/-');
    });
    it('is made anew at each run when it is assigned, from the newest version unless one is pinned', async () => {
      const id = await running({ kind: 'rvd', lifetime: 'assigned' });
      assert.equal((await row(id)).madeFrom, 1);
      assert.deepEqual(await act(id, 'stop'), ['stopDomain'], 'it stays until the next run');
      await clc.deps.store.transaction((tx) => tx.images.reserveVersion(versionRow(SOURCE, { state: 'available', sha256: 'b'.repeat(64), sizeBytes: 1000, virtualSizeBytes: 2 * GIB, format: 'qcow2', walrusId: 'walrus-00000001' })));
      assert.deepEqual(await act(id, 'run'), [...AWAY, ...FIRST]);
      assert.deepEqual([(await row(id)).madeFrom, (await row(id)).diskBytes], [2, 2 * GIB]);
      await act(id, 'stop');
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ imageVersion: 1 }), null);
      await act(id, 'run');
      assert.equal((await row(id)).madeFrom, 1);
    });
    it('is thrown away by a reset, and made anew by the next run', async () => {
      const id = await running();
      await act(id, 'stop');
      assert.deepEqual(await act(id, 'reset'), AWAY);
      assert.equal(await at(id), 'initialized/-');
      assert.deepEqual(await claims(id), []);
      assert.deepEqual(await act(id, 'run'), AGAIN);
    });
  });

  describe('its data disk', () => {
    const FIRST_WITH_DATA = [...FIRST.slice(0, 3), 'makeDataDisk', 'startDomain'];
    const AGAIN_WITH_DATA = ['cloneDisk', 'makeDataDisk', 'startDomain'];
    const placed = async (id: string): Promise<string | null> => (await clc.deps.store.read.instances.instance(id))?.ncId ?? null;
    const used = async (): Promise<number | undefined> => (await clc.deps.store.read.ledger.usage(NODE))?.used.diskBytes;

    it('has room of its own claimed with the choice of the node, and is there before the first start', async () => {
      const { id } = await define({ dataDiskGiB: 10, lifetime: 'persistent' });
      assert.deepEqual(await act(id, 'run'), FIRST_WITH_DATA);
      assert.deepEqual([await claims(id), await used()], [['disk', 'data', 'compute'], 11 * GIB]);
      await act(id, 'stop');
      assert.deepEqual(await act(id, 'run'), ['makeDataDisk', 'startDomain']);
    });
    it('stays with its node when the system disk is thrown away: by a stop, a reset, or the run of an assigned one, which comes back to it', async () => {
      for (const [lifetime, off] of [['temporary', 'stop'], ['assigned', 'stop'], ['persistent', 'reset']] as const) {
        const id = await running({ kind: 'rvd', lifetime, dataDiskGiB: 10 });
        await act(id, 'stop');
        if (off === 'reset') await act(id, 'reset');
        assert.deepEqual([await claims(id), await placed(id)], [lifetime === 'assigned' ? ['disk', 'data'] : ['data'], NODE], lifetime);
        await runInstance(clc.deps, id);
        const sent = await clc.answerAll();
        assert.deepEqual(sent.map((s) => s.job), [...AWAY, ...AGAIN_WITH_DATA], lifetime);
        assert.equal(sent[0]?.params['keepData'], true);
        assert.deepEqual([await at(id), await claims(id)], ['active/-', ['disk', 'data', 'compute']]);
        await act(id, 'delete');
        assert.deepEqual([await claims(id), await placed(id), await used()], [[], null, 0], lifetime);
      }
    });
    it('goes with a reset that names it, and with the deletion', async () => {
      const id = await running({ dataDiskGiB: 10 });
      await act(id, 'stop');
      await resetInstance(clc.deps, id, { data: true });
      assert.equal((await clc.answerAll())[0]?.params['keepData'], undefined);
      assert.deepEqual([await claims(id), await placed(id), (await row(id)).message.code], [[], null, 'instanceResetData']);
    });
    it('leaves nothing when the first run fails, and stays when a later one does', async () => {
      const first = await define({ dataDiskGiB: 10 });
      await runInstance(clc.deps, first.id);
      const made = (await clc.answerAll('startDomain')).find((s) => s.job === 'makeDataDisk');
      assert.equal(made?.params['removable'], true);
      await clc.answer(BROKEN);
      assert.ok((await clc.answerAll()).some((s) => s.op === 'undo' && s.job === 'makeDataDisk'));
      assert.deepEqual([await claims(first.id), await placed(first.id)], [[], null]);

      const id = await running({ kind: 'rvd', lifetime: 'temporary', dataDiskGiB: 10 });
      await act(id, 'stop');
      await runInstance(clc.deps, id);
      assert.equal((await clc.answerAll('startDomain')).find((s) => s.job === 'makeDataDisk')?.params['removable'], false);
      await clc.answer(BROKEN);
      await clc.answerAll();
      assert.deepEqual([await at(id), await claims(id), await placed(id), (await row(id)).madeFrom, (await row(id)).kept], ['error/-', ['data'], NODE, null, null]);
      assert.deepEqual(await act(id, 'run'), [...AWAY, ...AGAIN_WITH_DATA]);
    });
    it('grows at the next run, as far as its node has room; it never shrinks', async () => {
      const id = await running({ dataDiskGiB: 10 });
      await act(id, 'stop');
      const modify = (dataDiskGiB: number) => modifyInstance(clc.deps, id, ModifyInstance.parse({ dataDiskGiB }), null);
      for (const smaller of [0, 9]) await assert.rejects(modify(smaller), (e: { code: string; data?: { fields?: Array<{ field: string }> } }) => e.code === 'BAD_REQUEST' && e.data?.fields?.[0]?.field === 'dataDiskGiB');
      await modify(20);
      await runInstance(clc.deps, id);
      assert.equal((await clc.answerAll())[0]?.params['sizeBytes'], 20 * GIB);
      assert.equal(await used(), 21 * GIB);
      await act(id, 'stop');
      await modify(80);
      await clc.deps.store.transaction((tx) => tx.ledger.setLimits(NODE, { cpus: 8, memoryMiB: 8192, diskBytes: 50 * GIB }));
      await runInstance(clc.deps, id);
      await clc.sent();
      assert.deepEqual([(await row(id)).error?.code, await used(), await claims(id)], ['NO_CAPACITY', 21 * GIB, ['disk', 'data']]);
    });
  });

  describe('a run that fails', () => {
    it('leaves nothing when it was the first, says why, and can be repeated', async () => {
      const { id } = await define();
      await runInstance(clc.deps, id);
      await clc.answerAll('startDomain');
      await clc.answer(BROKEN);
      assert.deepEqual((await clc.answerAll()).map((s) => `${s.op} ${s.job}`), ['undo startDomain', 'undo cloneDisk', 'undo fetchImage', 'undo cacheImage']);
      const failed = await row(id);
      assert.deepEqual([failed.vmState, failed.taskState, failed.error?.code, failed.failedAction, failed.kept, failed.madeFrom], ['error', null, 'HYPERVISOR_FAILED', 'run', null, null]);
      assert.deepEqual(await claims(id), []);
      assert.equal((await clc.deps.store.read.instances.instance(id))?.ncId, null);
      assert.deepEqual(await act(id, 'run'), AGAIN);
      assert.equal(await at(id), 'active/-');
    });
    it('has its image fetched when the node, which had it, has thrown it out meanwhile; what was pinned there goes when it fails', async () => {
      await running();
      const { id } = await define();
      await runInstance(clc.deps, id);
      const asked = await clc.answer({ code: 'IMAGE_NOT_READY', message: 'not here any more', retryable: true });
      assert.deepEqual([asked.job, asked.params['pins']], ['cloneDisk', true]);
      await clc.later(2000);
      const again = await clc.answerAll('startDomain');
      assert.deepEqual(again.map((s) => [s.job, s.params['pins'] ?? false]), [['cacheImage', false], ['fetchImage', false], ['cloneDisk', false]]);
      assert.equal(await at(id), 'initialized/spawning');
      await clc.answer(BROKEN);
      assert.deepEqual((await clc.answerAll()).map((s) => `${s.op} ${s.job}`), ['undo startDomain', 'undo cloneDisk', 'undo fetchImage', 'undo cacheImage']);
      await runInstance(clc.deps, id);
      await clc.answerAll('startDomain');
      await clc.answer(BROKEN);
      assert.deepEqual((await clc.answerAll()).map((s) => [`${s.op} ${s.job}`, s.params['pins'] ?? false]), [['undo startDomain', false], ['undo cloneDisk', true]]);
    });
    it('tells the node that the disk may go although it was started once', async () => {
      const { id } = await define();
      await runInstance(clc.deps, id);
      const asked = await clc.answerAll('startDomain');
      assert.equal(asked.find((s) => s.job === 'cloneDisk')?.params['removedEvenBooted'], true);
      assert.equal(id, asked[0]?.params['insId']);
    });
    it('keeps the disk that was there', async () => {
      const id = await running();
      await act(id, 'stop');
      await runInstance(clc.deps, id);
      await clc.answer(BROKEN);
      assert.deepEqual((await clc.answerAll()).map((s) => `${s.op} ${s.job}`), ['undo startDomain']);
      const failed = await row(id);
      assert.deepEqual([failed.vmState, failed.kept?.where, failed.madeFrom], ['error', 'node-1', 1]);
      assert.deepEqual(await claims(id), ['disk']);
    });
  });

  it('R134 whose disk was thrown away by a run that failed then has none to start from: it gets a new one, also when it was made persistent meanwhile', async () => {
    const id = await running({ kind: 'rvd', lifetime: 'assigned' });
    await act(id, 'stop');
    await runInstance(clc.deps, id);
    assert.equal((await clc.answer()).job, 'discardInstance');
    assert.equal((await clc.answer(BROKEN)).job, 'discardStaging');
    await clc.answerAll();
    assert.deepEqual([await at(id), await claims(id), (await row(id)).kept], ['error/-', [], null]);
    await modifyInstance(clc.deps, id, ModifyInstance.parse({ lifetime: 'persistent' }), null);
    assert.deepEqual(await act(id, 'run'), [...AWAY, ...AGAIN]);
    assert.equal(await at(id), 'active/-');
  });
});
