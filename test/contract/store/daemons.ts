// Contract of the store: Daemons and join tokens.
import { strict as assert } from 'node:assert';
import { daemonRow, instanceRow } from '../../support/store-rows.ts';
import { MANY, times, trues, type StoreScene } from './scene.ts';

export function daemonsContract(scene: StoreScene): void {
  describe('daemons', () => {
    it('get a new epoch at each registration, all different', async () => {
      assert.equal(await scene.store.read.daemons.insertDaemon(daemonRow(1)), true);
      assert.equal(await scene.store.read.daemons.insertDaemon(daemonRow(2, { name: 'node-1' })), false);
      const { facts } = daemonRow(1);
      const epochs = await times(MANY, (i) => scene.both(i).read.daemons.register('nc-00000001', { url: 'http://n', facts, ccId: 'cc-00000001', now: 7 }));
      assert.deepEqual([...epochs].sort((a, b) => Number(a) - Number(b)), Array.from({ length: MANY }, (_, i) => i + 1));
      assert.equal(await scene.store.read.daemons.register('nc-0000dead', { url: 'http://n', facts, ccId: null, now: 7 }), null);
      const row = await scene.store.read.daemons.daemonByName('nc', 'node-1');
      assert.deepEqual([row?.state, row?.epoch, row?.url, row?.lastBeatAt, row?.facts], ['up', MANY, 'http://n', 7, facts]);
      assert.equal(await scene.store.read.daemons.setFacts('nc-00000001', 3, { ...facts, version: 'old' }), false);
      assert.equal(await scene.store.read.daemons.setFacts('nc-00000001', MANY, { ...facts, version: '2' }), true);
    });

    it('change their state for one of many, and only from a state that was named', async () => {
      await scene.store.read.daemons.insertDaemon(daemonRow(1, { state: 'up' }));
      assert.equal(trues(await times(MANY, (i) => scene.both(i).read.daemons.setState('nc-00000001', 0, ['up'], 'suspect'))), 1);
      assert.equal(await scene.store.read.daemons.setState('nc-00000001', 0, ['up', 'new'], 'down'), false);
      scene.clock += 1;
      assert.equal(await scene.store.read.daemons.setState('nc-00000001', 0, ['suspect', 'down'], 'up'), true);
      assert.equal((await scene.store.read.daemons.daemon('nc-00000001'))?.lastBeatAt, scene.clock);
      assert.equal(await scene.store.read.daemons.setDuty('nc-00000001', { enabled: false, draining: true }), true);
      assert.equal((await scene.store.read.daemons.daemon('nc-00000001'))?.enabled, false);
    });

    it('R196 are changed by no decision about an earlier registration', async () => {
      await scene.store.read.daemons.insertDaemon(daemonRow(1));
      const { facts } = daemonRow(1);
      const register = (): Promise<number | null> => scene.store.read.daemons.register('nc-00000001', { url: 'http://n', facts, ccId: 'cc-00000001', now: 7 });
      const earlier = Number(await register());
      // It falls silent, and comes back while somebody writes that.
      const [, present] = await Promise.all([scene.other.read.daemons.setState('nc-00000001', earlier, ['up'], 'suspect'), register()]);
      const state = async (): Promise<unknown> => (await scene.store.read.daemons.daemon('nc-00000001'))?.state;
      assert.equal(await state(), 'up');
      for (const to of ['suspect', 'down'] as const) assert.equal(await scene.store.read.daemons.setState('nc-00000001', earlier, ['up'], to), false);
      assert.equal(await state(), 'up');
      assert.equal(await scene.store.read.daemons.setState('nc-00000001', Number(present), ['up'], 'suspect'), true);
      assert.equal(await scene.store.read.daemons.setState('nc-00000001', earlier, ['suspect'], 'up'), false);
      assert.equal(await state(), 'suspect');
    });

    it('say what of the cloud is on them, and are removed only when nothing is promised there', async () => {
      await scene.store.transaction(async (tx) => {
        for (const n of [1, 2]) await tx.daemons.insertDaemon(daemonRow(n));
        for (const n of [1, 2]) await tx.ledger.setLimits(daemonRow(n).id, { cpus: 4, memoryMiB: 10, diskBytes: 10 });
        await tx.instances.insertInstance(instanceRow(1, { ncId: daemonRow(1).id }));
        await tx.ledger.claim('ins-00000001', 'compute', daemonRow(1).id, { cpus: 1, memoryMiB: 5, diskBytes: 0 });
      });
      const { daemons, ledger } = scene.store.read;
      assert.deepEqual(await daemons.heldBy(daemonRow(1).id), { instances: 1, claims: 1, versions: 0, nodes: 0, jobs: 0 });
      assert.deepEqual(await daemons.instancesByNode([1, 2].map((n) => daemonRow(n).id)), new Map([[daemonRow(1).id, 1]]));
      assert.deepEqual(await ledger.rooms({ ccId: 'cc-00000001' }, 1), null);
      assert.deepEqual((await ledger.rooms({ ccId: 'cc-00000001' }, 2))?.length, 2);
      assert.deepEqual(await ledger.rooms({ ncIds: [daemonRow(1).id] }, 9), [{ ncId: daemonRow(1).id, limits: { cpus: 4, memoryMiB: 10, diskBytes: 10 }, used: { cpus: 1, memoryMiB: 5 } }]);
      assert.equal(await daemons.removeDaemon(daemonRow(1).id), false);
      // Of somebody who claims and somebody who removes only one does.
      const [claimed, removed] = await Promise.all([
        scene.store.transaction((tx) => tx.ledger.claim('ins-00000002', 'compute', daemonRow(2).id, { cpus: 1, memoryMiB: 5, diskBytes: 0 })), scene.other.transaction((tx) => tx.daemons.removeDaemon(daemonRow(2).id)),
      ]);
      assert.notEqual(claimed, removed);
      const properties = { location: 'window 课', cpuOvercommit: 1.5, memoryOvercommit: null, placement: null };
      assert.equal(await daemons.setProperties(daemonRow(1).id, properties), true);
      assert.deepEqual((await daemons.daemon(daemonRow(1).id))?.properties, properties);
    });

    it('list 500, take 500 beats in one call', async () => {
      await scene.store.transaction(async (tx) => { for (let n = 1; n <= 500; n += 1) await tx.daemons.insertDaemon(daemonRow(n, { ccId: n % 2 ? 'cc-00000001' : 'cc-00000002' })); });
      await Promise.all([scene.store, scene.other].map((s) => s.read.daemons.setLastBeats(Array.from({ length: 500 }, (_, i) => ({ id: daemonRow(i + 1).id, at: 5000 + i })))));
      const before = performance.now();
      const all = await scene.store.read.daemons.daemons({ role: 'nc' });
      const ms = performance.now() - before;
      assert.equal(all.length, 500);
      assert.ok(all.every((d) => d.lastBeatAt === 5000 + Number.parseInt(d.id.slice(3), 16) - 1));
      assert.equal((await scene.store.read.daemons.daemons({ role: 'nc', ccId: 'cc-00000002' })).length, 250);
      assert.ok(ms < 100, `listing took ${ms} ms`);
    });

    it('use a join token once, however many try, and only for its role and name in its time', async () => {
      const token = { hash: 't', role: 'nc' as const, name: 'node-1', expiresAt: 100, usedAt: null, usedBy: null, createdBy: 'admin', createdAt: 1 };
      await scene.store.read.daemons.insertJoinToken(token);
      assert.equal(await scene.store.read.daemons.useJoinToken('t', { role: 'cc', name: 'node-1', now: 50 }), null);
      assert.equal(await scene.store.read.daemons.useJoinToken('t', { role: 'nc', name: 'node-2', now: 50 }), null);
      assert.equal(await scene.store.read.daemons.useJoinToken('t', { role: 'nc', name: 'node-1', now: 100 }), null);
      const used = (await times(MANY, (i) => scene.at(i, (tx) => tx.daemons.useJoinToken('t', { role: 'nc', name: 'node-1', now: 50 })))).filter((t) => t !== null);
      assert.deepEqual(used, [{ ...token, usedAt: 50, usedBy: 'node-1' }]);
    });
  });
}
