// The life of an instance: refusals that name the state, deletion at any moment, what its node says, nodes that are lost, and a class that
// starts at once. Real commands, plans, engine and database; no daemon.
import assert from 'node:assert/strict';
import { Envelope, INSTANCE_ACTIONS, inWords, ModifyInstance, type InstanceAction, type JobName } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { deleteInstance } from '../../apps/clc/src/commands/instance/delete.ts';
import { modifyInstance } from '../../apps/clc/src/commands/instance/modify.ts';
import { pauseInstance } from '../../apps/clc/src/commands/instance/pause.ts';
import { runInstance } from '../../apps/clc/src/commands/instance/run.ts';
import { stopInstance } from '../../apps/clc/src/commands/instance/stop.ts';
import { fenceNode } from '../../apps/clc/src/commands/node-fence.ts';
import { onInventory } from '../../apps/clc/src/status/inventory.ts';
import type { UserInstanceRow } from '../../apps/clc/src/store/index.ts';
import type { ClcPlans, Sent } from '../support/clc-plans.ts';
import { AWAY, BROKEN, FIRST, GIB, NODE, STOP, instancePlansScene } from '../support/instance-plans-scene.ts';
import { daemonRow } from '../support/store-rows.ts';

describe('the life of an instance', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  const { define, row, at, claims, ask, act, running, tell } = instancePlansScene((plans) => { clc = plans; });

  describe('what is asked at the wrong moment', () => {
    it('is refused with the state it is in and what is allowed, and changes nothing', async () => {
      const defined = await define();
      const active = await running();
      const paused = await running();
      await act(paused, 'pause');
      const off = await running();
      await act(off, 'stop');
      const expected: Record<string, readonly InstanceAction[]> = { [defined.id]: ['run', 'delete'], [active]: ['stop', 'reboot', 'pause', 'suspend', 'extend', 'delete'], [paused]: ['unpause', 'suspend', 'stop', 'extend', 'delete'], [off]: ['run', 'reset', 'delete'] };
      for (const [id, allowed] of Object.entries(expected)) {
        const before = await row(id);
        for (const action of INSTANCE_ACTIONS) {
          if (action === 'modify' || allowed.includes(action)) continue;
          await assert.rejects(ask[action](id), (e: { code: string; message: string }) => e.code === 'WRONG_STATE' && e.message.includes(`${before.vmState}/-`), `${action} at ${before.vmState}`);
        }
        assert.deepEqual(await row(id), before);
      }
    });
    it('is refused while something is under way, and names it', async () => {
      const { id } = await define();
      await runInstance(clc.deps, id);
      await assert.rejects(ask.run(id), (e: { code: string; message: string }) => e.code === 'WRONG_STATE' && e.message.includes('initialized/'));
    });
  });

  it('shows how far it is from the beginning of each action on, and never goes back within one', async () => {
    const { id } = await define({ kind: 'rvd', lifetime: 'assigned' });
    const seen: number[] = [];
    const follow = async (): Promise<number[]> => {
      seen.splice(0);
      for (;;) {
        seen.push((await row(id)).progress);
        if ((await clc.sent()).length === 0) return seen;
        await clc.answer();
      }
    };
    for (const action of ['run', 'stop', 'run'] as const) {
      await ask[action](id);
      const steps = await follow();
      assert.ok((steps[0] ?? 100) < 10, `${action} begins at ${steps[0]}`);
      assert.deepEqual(steps, [...steps].sort((a, b) => a - b), action);
      assert.equal(steps.at(-1), 100);
    }
  });

  it('restarts, pauses and goes on where it is', async () => {
    const id = await running();
    assert.deepEqual(await act(id, 'reboot'), ['rebootDomain']);
    assert.equal(inWords((await row(id)).message, 'en'), 'running again; the guest powered off on the ACPI request');
    assert.deepEqual(await act(id, 'pause'), ['pauseDomain']);
    assert.deepEqual([await at(id), await claims(id)], ['paused/-', ['disk', 'compute']]);
    assert.deepEqual(await act(id, 'unpause'), ['unpauseDomain']);
    assert.equal(await at(id), 'active/-');
    await pauseInstance(clc.deps, id);
    await clc.answer(BROKEN);
    assert.deepEqual([await at(id), (await row(id)).failedAction], ['active/-', 'pause']);
  });

  describe('deleted', () => {
    for (const job of FIRST as JobName[]) {
      it(`while ${job} is under way leaves nothing`, async () => {
        const { id } = await define();
        await runInstance(clc.deps, id);
        await clc.answerAll(job);
        await deleteInstance(clc.deps, id);
        const jobs = (await clc.answerAll()).filter((sent: Sent) => (sent.envelope.body as { plan: number }).plan === 2).map((sent) => sent.job);
        assert.deepEqual(jobs, AWAY);
        assert.deepEqual([await at(id), await claims(id)], ['deleted/-', []]);
        assert.notEqual((await clc.deps.store.read.instances.instance(id))?.deletedAt, null);
        await assert.rejects(ask.run(id), (e) => hasCode(e, 'NOT_FOUND'));
      });
    }
    it('waits for a node that is away, is in error meanwhile, and goes on when it is back', async () => {
      const id = await running();
      await deleteInstance(clc.deps, id);
      await clc.later(2 * 3_600_000);
      assert.equal(await at(id), 'active/stuck');
      await clc.engine.onDaemonRegistered(NODE);
      await clc.answerAll();
      assert.equal(await at(id), 'deleted/-');
    });
    it('does not stand in lists any more', async () => {
      const { id } = await define();
      await deleteInstance(clc.deps, id);
      const { userInstances } = clc.deps.store.read;
      assert.deepEqual((await userInstances.userInstances({ limit: 5 })).items, []);
      assert.deepEqual((await userInstances.userInstances({ limit: 5, status: 'DELETED' })).items.map((one) => one.id), [id]);
    });
  });

  describe('what its node says', () => {
    it('of a guest that powered itself off makes it off, and its CPU and memory go back', async () => {
      const id = await running();
      await tell(id, 'stopped', 'shutdown');
      assert.deepEqual([await at(id), (await row(id)).message.code, await claims(id)], ['stopped/-', 'instancePoweredOff', ['disk']]);
    });
    it('of one that crashed makes it an error with the reason; it can be run again', async () => {
      const id = await running();
      await tell(id, 'stopped', 'crashed');
      assert.deepEqual([await at(id), (await row(id)).error?.code, await claims(id)], ['error/-', 'HYPERVISOR_FAILED', ['disk']]);
      assert.deepEqual([(await row(id)).message.code, (await row(id)).error?.todo?.code], ['instanceBroke', 'whyItBroke']);
      assert.deepEqual(await act(id, 'run'), ['startDomain']);
    });
    it('R180 of an assigned one that crashed says that its next run makes its disk anew, and how to keep it', async () => {
      const id = await running({ kind: 'rvd', lifetime: 'assigned' });
      await tell(id, 'stopped', 'crashed');
      assert.deepEqual([(await row(id)).message.code, (await row(id)).error?.todo?.code], ['instanceBrokeAnew', 'keepBrokenDisk']);
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ lifetime: 'persistent' }), null);
      assert.deepEqual(await act(id, 'run'), ['startDomain'], 'with the disk that it had');
    });
    it('of a disk that is full is told and taken back', async () => {
      const id = await running();
      await tell(id, 'running', 'io-error');
      assert.equal((await row(id)).message.code, 'guestPausedDiskFull');
      await tell(id, 'running', 'resumed');
      assert.equal((await row(id)).message.code, 'instanceRuns');
    });
    it('while something is done with it decides nothing', async () => {
      const id = await running();
      await stopInstance(clc.deps, id, STOP);
      await tell(id, 'stopped', 'shutdown');
      assert.equal(await at(id), 'active/powering-off');
      await clc.answerAll();
      assert.equal(await at(id), 'stopped/-');
    });
    it('that it holds a running instance is no orphan; what the instance threw away there is one that goes, booted or not', async () => {
      const id = await running();
      const inventory = (n: number): Promise<void> => onInventory(clc.deps, Envelope.parse({ v: 1, id: `i${n}`, name: 'inventory', seq: 900 + n, source: { node: NODE, epoch: 1 }, body: { items: [{ kind: 'instance', name: id, holds: ['domain', 'disk'], running: n === 1, booted: true }] } }));
      await inventory(1);
      assert.deepEqual(await clc.deps.store.read.orphans.orphans(), []);
      await act(id, 'stop');
      await act(id, 'reset');
      await inventory(2);
      assert.deepEqual((await clc.deps.store.read.orphans.orphans()).map((o) => [o.name, o.kept, o.ended]), [[id, null, true]]);
    });
  });

  it('ends with its node when that is declared switched off: off with its disk there, a temporary one thrown away; neither starts there before it is back', async () => {
    const kept = await running();
    const temporary = await running({ kind: 'rvd', lifetime: 'temporary' });
    await clc.daemon(NODE, { state: 'down' });
    await fenceNode({ ...clc.deps, liveness: { registered: () => undefined } }, NODE, 'admin');
    await clc.answerAll('stopGuests');
    assert.deepEqual([await at(kept), (await row(kept)).message.code, await claims(kept)], ['stopped/-', 'instanceNodeOff', ['disk']]);
    assert.deepEqual([await at(temporary), await claims(temporary)], ['initialized/-', []]);
    await runInstance(clc.deps, kept);
    await clc.sent();
    assert.deepEqual([await at(kept), (await row(kept)).error?.code], ['error/-', 'NODE_FENCED']);
  });

  for (const action of ['reboot', 'pause', 'unpause', 'suspend'] as const) {
    it(`R124 ends with its node also in the middle of its ${action}: nothing runs, CPU and memory are given back, and nobody waits`, async () => {
      const kept = await running();
      const temporary = await running({ kind: 'rvd', lifetime: 'temporary' });
      for (const id of [kept, temporary]) {
        if (action === 'unpause') await act(id, 'pause');
      }
      for (const id of [kept, temporary]) await ask[action](id);
      assert.equal((await clc.sent()).length, 2);
      await clc.daemon(NODE, { state: 'down' });
      await fenceNode({ ...clc.deps, liveness: { registered: () => undefined } }, NODE, 'admin');
      // The answers came too late, or never.
      await clc.answerAll('stopGuests');
      assert.deepEqual([await at(kept), (await row(kept)).message.code, await claims(kept)], ['stopped/-', 'instanceNodeOff', ['disk']]);
      assert.deepEqual([await at(temporary), await claims(temporary)], ['initialized/-', []]);
    });
  }

  it('starts a class of 40 at once on nodes that hold 30: exactly 30 run, 10 are refused with the reason, and no node is over its limit', async () => {
    const nodes = [NODE, daemonRow(11).id, daemonRow(12).id];
    await clc.deps.store.transaction(async (tx) => {
      for (const n of [11, 12]) await tx.daemons.insertDaemon(daemonRow(n, { state: 'up', epoch: 1 }));
      for (const id of nodes) await tx.ledger.setLimits(id, { cpus: 100, memoryMiB: 10 * 512, diskBytes: 100 * GIB });
    });
    const rank = async () => ({ candidates: nodes.map((ncId, i) => ({ ncId, name: `n${i}`, fits: true, score: 1 - i / 10, reason: 'fits' })), fit: 3, total: 3 });
    Object.assign(clc.planDeps, { rank });
    const class40 = await Promise.all(Array.from({ length: 40 }, (_, i) => define({ name: `pc ${i}`, kind: 'rvd', lifetime: 'temporary' })));
    await Promise.all(class40.map(({ id }) => runInstance(clc.deps, id)));
    for (let round = 0; round < 6; round++) {
      await clc.answerAll();
      await clc.later(1_000);
    }
    const rows = await Promise.all(class40.map(({ id }) => row(id)));
    const by = (status: string): UserInstanceRow[] => rows.filter((one) => `${one.vmState}/${one.taskState ?? '-'}` === status);
    assert.deepEqual([by('active/-').length, by('error/-').length], [30, 10]);
    for (const refused of by('error/-')) {
      assert.equal(refused.error?.code, 'NO_CAPACITY');
      assert.deepEqual(refused.placement?.candidates.map((c) => c.fits), [false, false, false]);
      assert.deepEqual(await claims(refused.id), []);
    }
    for (const id of nodes) {
      const { used, limits } = (await clc.deps.store.read.ledger.usage(id))!;
      assert.deepEqual([used.memoryMiB, limits.memoryMiB], [5120, 5120]);
    }
  });
});
