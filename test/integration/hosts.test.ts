// What an administrator says of hosts is obeyed: how a cluster chooses among its nodes, how much of a node may be promised, where nothing new is
// placed, what may be removed. Real commands, plans, ranking, engine and database; no daemon.
import assert from 'node:assert/strict';
import { CreateBatch, DaemonFacts, DefineInstance, PLACEMENT_POLICIES, type PlacementPolicy } from '@educloud/contracts';
import { hasCode, isCloudError } from '@educloud/errors';
import { createNodes } from '../../apps/cc/src/nodes.ts';
import { rankNodes } from '../../apps/cc/src/rank.ts';
import { beginSome } from '../../apps/clc/src/batches/begin.ts';
import { settle } from '../../apps/clc/src/batches/settle.ts';
import { createBatch } from '../../apps/clc/src/commands/batch/create.ts';
import { setDuty } from '../../apps/clc/src/commands/host-duty.ts';
import { PULL_MS, pulledOf, pullHost } from '../../apps/clc/src/commands/host-pull.ts';
import { modifyHost } from '../../apps/clc/src/commands/host-modify.ts';
import { removeHost } from '../../apps/clc/src/commands/host-remove.ts';
import { defineInstance } from '../../apps/clc/src/commands/instance/define.ts';
import { deleteInstance } from '../../apps/clc/src/commands/instance/delete.ts';
import { runInstance } from '../../apps/clc/src/commands/instance/run.ts';
import { stopInstance } from '../../apps/clc/src/commands/instance/stop.ts';
import { openClcPlans, SOURCE, type ClcPlans } from '../support/clc-plans.ts';
import { daemonRow } from '../support/store-rows.ts';

const CLUSTER = 'cc-00000001';
const NODES = [1, 11, 12].map((n) => daemonRow(n).id);
const GIB = 2 ** 30;
const ledger = { cpuOvercommit: 8, memoryReserveMiB: 512, diskReserveBytes: 0 };
const facts = DaemonFacts.parse({ version: '1', hostname: 'h', capacity: { cpus: 64, memoryMiB: 10 * 512 + 512, diskBytes: 100 * GIB, freeDiskBytes: 100 * GIB }, hypervisor: { kind: 'fake', version: '', acceleration: 'none' } });

describe('hosts', function () {
  this.timeout(60_000);
  let clc: ClcPlans;
  beforeEach(async () => {
    clc = await openClcPlans();
    const { store } = clc.deps;
    await store.transaction(async (tx) => {
      for (const n of [11, 12]) await tx.daemons.insertDaemon(daemonRow(n, { state: 'up', epoch: 1 }));
      for (const id of NODES) await tx.daemons.setFacts(id, 1, facts);
    });
    for (const id of NODES) await modifyHost({ store, ledger, now: clc.deps.now }, id, {});
    const nodes = createNodes(() => 0);
    NODES.forEach((id, i) => nodes.registered({ id, name: `n${i}`, url: 'http://n', epoch: 1, facts, messageKey: 'k' }));
    // As the route of the cluster controller does.
    Object.assign(clc.planDeps, {
      rank: async (_cc: unknown, request: Parameters<typeof rankNodes>[1]) => {
        const reply = rankNodes(nodes.all(), request, 0, 1000);
        const [best] = reply.candidates;
        if (best?.fits) nodes.promised(best.ncId, request.memoryMiB);
        return reply;
      },
    });
  });
  afterEach(() => clc.close());

  const modify = (id: string, asked: Parameters<typeof modifyHost>[2]): Promise<void> => modifyHost({ ...clc.deps, ledger }, id, asked);
  const used = async (): Promise<number[]> => Promise.all(NODES.map(async (id) => (await clc.deps.store.read.ledger.usage(id))!.used.memoryMiB / 512));
  /** How many run. */
  async function startClass(count: number): Promise<number> {
    const asked = CreateBatch.parse({ action: 'define-and-run', count, definition: { name: 'pc-{n}', imageId: SOURCE, kind: 'rvd', lifetime: 'temporary', memoryMiB: 512, cpus: 1 } });
    const { id } = await createBatch(clc.deps, asked, { user: 'anna', role: 'user' });
    while (await beginSome(clc.deps, id)) { /* all of them */ }
    for (let round = 0; round < 3; round += 1) {
      await clc.answerAll();
      await clc.later(2_000);
    }
    await settle(clc.deps.store, id, clc.deps.now);
    return (await clc.deps.store.read.batches.batch(id))!.counts.done;
  }
  const one = async (set: object = {}): Promise<string> => (await defineInstance(clc.deps, DefineInstance.parse({ name: 'desk', imageId: SOURCE, memoryMiB: 512, cpus: 1, ...set }), 'anna')).id;
  const row = async (id: string) => (await clc.deps.store.read.userInstances.userInstance(id))!;
  const act = async (work: Promise<unknown>): Promise<void> => { await work; await clc.answerAll(); await clc.later(2_000); await clc.answerAll(); };

  for (const policy of PLACEMENT_POLICIES) {
    it(`${policy}: of a class of 40 exactly 30 run on nodes that hold 30, and none is over its limit`, async () => {
      await modify(CLUSTER, { placement: policy });
      assert.equal(await startClass(40), 30);
      assert.deepEqual(await used(), [10, 10, 10]);
    });
  }
  it('pack fills one after the other, round-robin goes round, spread uses all; the choice says by which', async () => {
    const lots: Record<PlacementPolicy, (n: number[]) => void> = {
      pack: (n) => assert.deepEqual([...n].sort(), [0, 10, 2].sort()), 'round-robin': (n) => assert.deepEqual(n, [4, 4, 4]), spread: (n) => assert.ok(n.every((each) => each > 0), String(n)),
    };
    for (const policy of PLACEMENT_POLICIES) {
      await modify(CLUSTER, { placement: policy });
      assert.equal(await startClass(12), 12);
      lots[policy](await used());
      const all = (await clc.deps.store.read.userInstances.userInstances({ limit: 50 })).items;
      assert.equal(all[0]?.placement?.why?.args?.['policy'], policy);
      for (const { id } of all) await deleteInstance(clc.deps, id);
      await clc.answerAll();
    }
  });
  it('ratios scale what may be promised, there and back; what runs stays', async () => {
    await modify(NODES[0]!, { memoryOvercommit: 2 });
    assert.equal(await startClass(50), 40);
    assert.deepEqual(await used(), [20, 10, 10]);
    await modify(NODES[0]!, { memoryOvercommit: null });
    assert.deepEqual((await clc.deps.store.read.ledger.usage(NODES[0]!))?.limits.memoryMiB, 5120);
    assert.deepEqual(await used(), [20, 10, 10]);
  });
  it('nothing new goes where one is drained, what is there may be started again; where one is disabled nothing is started', async () => {
    const id = await one({ node: NODES[0] });
    await act(runInstance(clc.deps, id));
    await setDuty(clc.deps, NODES[0]!, 'draining');
    const other = await one({ node: NODES[0] });
    await act(runInstance(clc.deps, other));
    assert.deepEqual([(await row(other)).error?.code, (await row(other)).placement?.candidates.find((c) => c.ncId === NODES[0])?.why?.code], ['NO_CAPACITY', 'drainingByAdmin']);
    const stop = { force: true };
    await act(stopInstance(clc.deps, id, stop));
    await act(runInstance(clc.deps, id));
    assert.equal((await row(id)).vmState, 'active');
    await setDuty(clc.deps, NODES[0]!, 'disabled');
    await act(stopInstance(clc.deps, id, stop));
    await act(runInstance(clc.deps, id));
    assert.deepEqual([(await row(id)).vmState, (await row(id)).error?.code], ['error', 'NODE_DISABLED']);
    await setDuty(clc.deps, NODES[0]!, 'enabled');
    await act(runInstance(clc.deps, id));
    assert.equal((await row(id)).vmState, 'active');
  });
  it('are removed when nothing is there, else it is said what is; properties are of their kind', async () => {
    const { daemons } = clc.deps.store.read;
    const id = await one({ node: NODES[0] });
    await act(runInstance(clc.deps, id));
    const there = async (host: string): Promise<unknown> => removeHost(clc.deps, host).then(() => [], (e: unknown) => (isCloudError(e) && e.code === 'HOST_NOT_EMPTY' ? e.data?.['there'] : e));
    assert.deepEqual(await there(NODES[0]!), ['hostStillUp', 'hostHasInstances']);
    await daemons.setState(NODES[0]!, 1, ['up'], 'down');
    assert.deepEqual(await there(NODES[0]!), ['hostHasInstances']);
    assert.deepEqual(await there(CLUSTER), ['hostStillUp', 'hostHasNodes']);
    assert.deepEqual(await there('walrus-00000001'), ['hostStillUp', 'hostHasVersions']);
    await daemons.setState(NODES[1]!, 1, ['up'], 'down');
    assert.deepEqual(await there(NODES[1]!), []);
    assert.deepEqual([await daemons.daemon(NODES[1]!), await clc.deps.store.read.ledger.usage(NODES[1]!)], [null, null]);
    await assert.rejects(removeHost(clc.deps, NODES[1]!), (e) => hasCode(e, 'NOT_FOUND'));
    await assert.rejects(modify(NODES[0]!, { placement: 'pack' }), (e: unknown) => hasCode(e, 'BAD_REQUEST'));
    await assert.rejects(modify(CLUSTER, { memoryOvercommit: 2 }), (e) => hasCode(e, 'BAD_REQUEST'));
    await modify(NODES[0]!, { mac: '52:54:00:ab:cd:01', ownerGroup: 'school.room-12' });
    await modify(NODES[0]!, { location: 'window' });
    const { properties, mac, ownerGroup } = (await daemons.daemon(NODES[0]!))!;
    assert.deepEqual([mac, ownerGroup, properties?.location], ['52:54:00:ab:cd:01', 'school.room-12', 'window']);
  });
  it('are asked what they have, once for two who ask, and are said not to answer when their time is over; then they can be asked again', async () => {
    const { read } = clc.deps.store;
    const [host] = NODES as [string];
    const pulled = () => pulledOf(read, { id: host, name: 'node-1' });
    assert.equal((await pulled()).state, 'never');
    await pullHost(clc.deps, host);
    await pullHost(clc.deps, host);
    assert.equal((await pulled()).state, 'asked');
    assert.deepEqual((await clc.answerAll()).map(({ job, target }) => [job, target]), [['pullFacts', host]]);
    await clc.later(0);
    const came = await pulled();
    assert.deepEqual([came.state, came.came?.guests.items], ['came', [{ name: 'ins-00000001', state: 'running' }]]);
    const otherVersion = { ...read, saga: { ...read.saga, jobs: async (planId: string) => (await read.saga.jobs(planId)).map((job) => ({ ...job, result: { at: 1 } })) } };
    assert.equal((await pulledOf(otherVersion, { id: host, name: 'node-1' })).error?.why?.code, 'answerNotUnderstood', 'R190: it did answer');

    await pullHost(clc.deps, host);
    assert.equal((await clc.sent()).length, 1);
    await clc.later(PULL_MS + 1);
    const silent = await pulled();
    assert.deepEqual([silent.state, silent.came, silent.error?.why], ['failed', null, { code: 'hostDidNotAnswer', args: { host: 'node-1', seconds: 15 } }]);
    assert.equal(await read.saga.activePlan(`${host}/pull`), null, 'nothing is left to be undone');
    await pullHost(clc.deps, host);
    assert.equal((await pulled()).state, 'asked');

    await clc.daemon(NODES[1]!, { state: 'down' });
    await assert.rejects(pullHost(clc.deps, NODES[1]!), (e) => hasCode(e, 'NODE_UNREACHABLE'));
    await assert.rejects(pullHost(clc.deps, CLUSTER), (e) => hasCode(e, 'NOT_FOUND'));
  });
});
