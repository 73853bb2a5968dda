// What the administrator's word "this node is switched off" does. Real plans, engine and database; no daemon.
import assert from 'node:assert/strict';
import { BeginImageCreate, Envelope, inWords, type HeldItem, type Inventory, type NodeEvent, type TaskId } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { beginImageCreate } from '../../apps/clc/src/commands/image-create/begin.ts';
import { cancelImage } from '../../apps/clc/src/commands/image-create/discard.ts';
import { prepareImage } from '../../apps/clc/src/commands/image-create/prepare.ts';
import { runImage } from '../../apps/clc/src/commands/image-create/run.ts';
import { stopImage } from '../../apps/clc/src/commands/image-create/stop.ts';
import { submitImage } from '../../apps/clc/src/commands/image-create/submit.ts';
import { fenceNode } from '../../apps/clc/src/commands/node-fence.ts';
import { onInstanceStatus } from '../../apps/clc/src/status/instance-status.ts';
import { onInventory } from '../../apps/clc/src/status/inventory.ts';
import type { DaemonRow, TaskRow } from '../../apps/clc/src/store/index.ts';
import { plansForEachTest, SOURCE, type ClcPlans } from '../support/clc-plans.ts';
import { daemonRow } from '../support/store-rows.ts';

const NC = daemonRow(1).id;
const HOUR = 3_600_000;

describe('a node that is declared switched off', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  plansForEachTest((plans) => { clc = plans; });

  const upTo = async (...steps: Array<typeof prepareImage>): Promise<TaskId> => {
    const tid = (await beginImageCreate(clc.deps, SOURCE, BeginImageCreate.parse({ name: `mine ${Math.random()}` }), 'anna')).tid as TaskId;
    for (const step of steps) {
      await step(clc.deps, tid);
      await clc.answerAll();
    }
    return tid;
  };
  const stop: typeof prepareImage = (deps, tid) => stopImage(deps, tid, { force: false });
  const node = async (): Promise<DaemonRow> => (await clc.deps.store.read.daemons.daemon(NC)) as DaemonRow;
  const fence = (id = NC): Promise<void> => fenceNode({ ...clc.deps, liveness: { registered: () => undefined } }, id, 'admin');
  const down = (): Promise<void> => clc.daemon(NC, { state: 'down' });
  const fenced = async (): Promise<void> => {
    await down();
    await fence();
  };
  const at = async (tid: string): Promise<string> => {
    const { phase, state } = await clc.task(tid);
    return `${phase}/${state}`;
  };
  const claims = async (...tids: TaskId[]): Promise<string[]> => {
    const { ledger } = clc.deps.store.read;
    const of = async (tid: TaskId): Promise<string[]> => {
      const { insId } = await clc.task(tid);
      const kinds = await Promise.all((['compute', 'disk'] as const).map(async (kind) => ((await ledger.claimOf(insId, kind)) ? kind : null)));
      return kinds.filter((kind) => kind !== null);
    };
    return (await Promise.all(tids.map(of))).flat();
  };
  const refusal = (code: string, said?: RegExp) => (e: unknown): boolean => e instanceof CloudError && e.code === code && (!said || said.test(e.message));
  /** Answers what is asked of the others; the node's own commands stay where they are. */
  const forNode = async (): Promise<string[]> => (await clc.sent()).filter((s) => s.target === NC).map((s) => `${s.job}:${s.op}`);

  describe('the word', () => {
    it('is refused for a node that is up or only suspect: it may still run its guests', async () => {
      await assert.rejects(fence(), refusal('NODE_NOT_DOWN', /node-1 is up/));
      await clc.daemon(NC, { state: 'suspect' });
      await assert.rejects(fence(), refusal('NODE_NOT_DOWN', /is suspect/));
      assert.deepEqual([(await node()).fencedEpoch, (await node()).epoch], [null, 1]);
    });
    it('is refused for what is no node, and for what is not there', async () => {
      await assert.rejects(fence('cc-00000001'), refusal('BAD_REQUEST'));
      await assert.rejects(fence('nc-0000dead'), refusal('NOT_FOUND'));
    });
    it('said twice is said once', async () => {
      await fenced();
      const { epoch } = await node();
      await fence();
      assert.deepEqual([(await node()).epoch, (await node()).fencedEpoch, epoch], [2, 2, 2]);
      assert.deepEqual(await forNode(), ['stopGuests:do']);
    });
    it('is noted with who said it', async () => {
      await fenced();
      const events = await clc.deps.store.read.events.after(0, 100);
      assert.ok(events.some((e) => (e.payload as NodeEvent).message?.startsWith('admin says')), JSON.stringify(events));
    });
  });

  describe('its tasks', () => {
    it('that run are stopped: memory and processors are given back, the disk is kept and stays promised', async () => {
      const tid = await upTo(prepareImage, runImage);
      assert.deepEqual(await claims(tid), ['compute', 'disk']);
      await fenced();
      const task = await clc.task(tid);
      assert.deepEqual([await at(tid), task.vmstatus], ['editing/stopped', 'stopped']);
      assert.match(inWords(task.message, 'en'), /^node-1 was switched off; the disk is kept there/);
      assert.match(inWords(task.message, 'zh'), /^node-1 已被声明关机/);
      assert.deepEqual(await claims(tid), ['disk']);
    });
    it('that are being cancelled end at once, also when they were stuck', async () => {
      const waits = await upTo(prepareImage, runImage, stop);
      const stuck = await upTo(prepareImage);
      await cancelImage(clc.deps, stuck);
      await clc.later(2 * HOUR);
      assert.equal(await at(stuck), 'preparing/stuck');
      await cancelImage(clc.deps, waits);
      await fenced();
      // What waits for the node is answered last, and then it is too late.
      assert.deepEqual((await clc.sent()).slice(2).map((s) => s.job).sort(), ['discardStaging', 'discardStaging', 'stopGuests']);
      await clc.answerAll();
      assert.deepEqual([await at(waits), await at(stuck)], ['editing/cancelled', 'preparing/cancelled']);
      assert.deepEqual(await claims(waits, stuck), []);
    });
    it('can be cancelled afterwards without waiting', async () => {
      const tid = await upTo(prepareImage, runImage);
      await fenced();
      await cancelImage(clc.deps, tid);
      // The first unanswered command is what waits for the node.
      assert.deepEqual((await clc.sent()).map((s) => s.job), ['stopGuests', 'discardStaging']);
    });
    it('that are being stopped are stopped', async () => {
      const tid = await upTo(prepareImage, runImage);
      await stop(clc.deps, tid);
      assert.deepEqual(await forNode(), ['stopDomain:do']);
      await fenced();
      assert.equal(await at(tid), 'editing/stopped');
      assert.deepEqual(await claims(tid), ['disk']);
    });
    it('that are being started fail with NODE_FENCED and give back what they had claimed', async () => {
      const tid = await upTo(prepareImage);
      await runImage(clc.deps, tid);
      assert.deepEqual(await forNode(), ['startDomain:do']);
      await fenced();
      assert.deepEqual([await at(tid), (await clc.task(tid)).error?.code], ['preparing/prepared', 'NODE_FENCED']);
      assert.deepEqual(await claims(tid), ['disk']);
    });
    it('that are being submitted keep their disk and can be submitted when it is back', async () => {
      const tid = await upTo(prepareImage, runImage, stop);
      await submitImage(clc.deps, tid);
      await clc.answerAll('flattenDisk');
      await fenced();
      await clc.answerAll('stopGuests');
      const task = await clc.task(tid);
      assert.deepEqual([await at(tid), task.error?.code, task.kept !== null], ['editing/stopped', 'NODE_FENCED', true]);
      assert.deepEqual(await claims(tid), ['disk']);
    });
    it('are not started there, and none is placed there', async () => {
      const ran = await upTo(prepareImage, runImage, stop);
      await fenced();
      await runImage(clc.deps, ran);
      assert.deepEqual([await at(ran), (await clc.task(ran)).error?.code], ['editing/stopped', 'NODE_FENCED']);
      const fresh = await upTo();
      await prepareImage(clc.deps, fresh);
      for (let attempt = 1; attempt <= 4; attempt++) await clc.later(30_000);
      const { error, ncId } = await clc.task(fresh);
      assert.deepEqual([await at(fresh), error?.code, ncId], ['preparing/failed', 'NO_CAPACITY', null]);
      assert.match(error?.message ?? '', /was switched off, and has not come back clean yet/);
    });
  });

  describe('when it is back', () => {
    const says = (of: Partial<Inventory>, epoch: number): Promise<void> =>
      onInventory(clc.deps, Envelope.parse({ v: 1, id: `i${Math.random()}`, name: 'inventory', source: { node: NC, epoch }, body: { items: [], ...of } }));
    const held = (name: string, set: Partial<HeldItem> = {}): HeldItem => ({ kind: 'instance', name, sizeBytes: 1, holds: ['domain', 'disk'], running: false, booted: true, ...set });
    const back = async (): Promise<number> => {
      const { url, facts, ccId } = await node();
      const epoch = await clc.deps.store.transaction((tx) => tx.daemons.register(NC, { url, facts, ccId, now: clc.deps.now() }));
      await clc.deps.saga.onDaemonRegistered(NC);
      return epoch ?? 0;
    };
    const isFenced = async (): Promise<boolean> => (await node()).fencedEpoch !== null;

    it('is first told to stop all its guests, and not used before it has done so', async () => {
      const tid = await upTo(prepareImage, runImage);
      const { insId } = await clc.task(tid);
      await fenced();
      const epoch = await back();
      assert.deepEqual((await clc.sent()).map((s) => [s.job, s.envelope.target?.epoch]), [['stopGuests', epoch]]);
      await says({ items: [held(insId)] }, epoch);
      assert.equal(await isFenced(), true, 'its guests have not been stopped yet');
      await clc.answerAll();
      await says({ items: [held(insId, { running: true })] }, epoch);
      assert.equal(await isFenced(), true, 'a guest still runs');
      assert.deepEqual((await clc.sent()).map((s) => s.job), ['stopGuests'], 'R207 a guest that was started after all, or did not stop, is stopped too');
      await clc.answerAll();
      await says({ items: [held(insId)], busy: [insId] }, epoch);
      assert.equal(await isFenced(), true, 'something is under way there');
      await says({ items: [held(insId)] }, epoch);
      assert.equal(await isFenced(), false);
      await runImage(clc.deps, tid);
      await clc.answerAll();
      assert.equal(await at(tid), 'editing/running');
    });

    it('has removed what was superseded before it is used, without a grace; also when that is said in a later message of the inventory', async () => {
      const tasks = [await clc.task(await upTo(prepareImage, runImage, stop)), await clc.task(await upTo(prepareImage, runImage, stop))];
      // What is to go is said last.
      const [{ insId: stays }, { insId: gone, tid: doomed }] = tasks.sort((a, b) => (a.insId < b.insId ? -1 : 1)) as [TaskRow, TaskRow];
      await fenced();
      await cancelImage(clc.deps, doomed as TaskId);
      const epoch = await back();
      await clc.answerAll();
      assert.equal(await at(doomed), 'editing/cancelled');
      await says({ items: [held(stays)], to: `instance/${gone}` }, epoch);
      assert.equal(await isFenced(), true, 'it has not said everything yet');
      await says({ items: [held(gone)], from: `instance/${gone}` }, epoch);
      assert.equal(await isFenced(), true);
      assert.deepEqual((await clc.sent()).map((s) => [s.job, s.params['name'], s.params['evenBooted']]), [['removeFromNode', gone, true]]);
      await says({ items: [held(gone), held(stays)] }, epoch);
      assert.equal(await isFenced(), true, 'it is still there');
      await clc.answerAll();
      await says({ items: [held(stays)] }, epoch);
      assert.equal(await isFenced(), false);
    });

    it('is not believed what it says in its old registration', async () => {
      const tid = await upTo(prepareImage, runImage);
      const { insId } = await clc.task(tid);
      await fenced();
      await says({ items: [held(insId, { running: true })] }, 1);
      await onInstanceStatus(clc.deps, Envelope.parse({ v: 1, id: 's1', name: 'insstatus', seq: 9, source: { node: NC, epoch: 1 }, body: { full: false, instances: [{ insId, state: 'running' }] } })).catch(() => undefined);
      assert.deepEqual([await at(tid), await isFenced(), (await node()).state], ['editing/stopped', true, 'down']);
      const { epoch } = await node();
      assert.equal(await clc.deps.store.transaction((tx) => tx.daemons.setState(NC, epoch, ['down'], 'up')), false, 'a beat of the old registration made it up');
    });

    it('and dies again before it is clean, may be declared switched off again', async () => {
      const tid = await upTo(prepareImage, runImage);
      await fenced();
      await back();
      await down();
      await fence();
      assert.deepEqual([(await node()).epoch, (await node()).fencedEpoch, await at(tid)], [4, 4, 'editing/stopped']);
      const epoch = await back();
      await clc.answerAll();
      await says({ items: [held((await clc.task(tid)).insId)] }, epoch);
      assert.equal(await isFenced(), false);
    });
  });
});
