// The stock saga tests on the plans of an instance's life, as it is in a cluster in private mode with a data disk: every job may run twice, what
// fails leaves what was there before, every undo may run twice. Real plans and database, simulated daemons.
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ClusterNetworkSettings, DefineInstance, StopBody, type JobName } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import type { PlanDefinition } from '@educloud/saga';
import { stockSagaTests, type StockRig } from '@educloud/saga/stock-tests';
import { defineInstance } from '../../apps/clc/src/commands/instance/define.ts';
import { deleteInstancePlan } from '../../apps/clc/src/commands/instance/delete.ts';
import { doing, subjectOf, type Life } from '../../apps/clc/src/commands/instance/life.ts';
import { pauseInstance, pauseInstancePlan } from '../../apps/clc/src/commands/instance/pause.ts';
import { rebootInstancePlan } from '../../apps/clc/src/commands/instance/reboot.ts';
import { resetInstancePlan } from '../../apps/clc/src/commands/instance/reset.ts';
import { resumeInstancePlan } from '../../apps/clc/src/commands/instance/resume.ts';
import { runInstance, runInstancePlan } from '../../apps/clc/src/commands/instance/run.ts';
import { stopInstance, stopInstancePlan } from '../../apps/clc/src/commands/instance/stop.ts';
import { suspendInstance, suspendInstancePlan } from '../../apps/clc/src/commands/instance/suspend.ts';
import { unpauseInstancePlan } from '../../apps/clc/src/commands/instance/unpause.ts';
import { modifyNetwork } from '../../apps/clc/src/commands/network-modify.ts';
import type { PlanDeps } from '../../apps/clc/src/deps.ts';
import { createNodesHave } from '../../apps/clc/src/jobs/nodes-have.ts';
import { openStore, type DaemonRow, type Store, type Tx } from '../../apps/clc/src/store/index.ts';
import { openClcPlans, RESULTS, SOURCE } from '../support/clc-plans.ts';

const CC = 'cc-00000001';
const stop = StopBody.parse({});

/** What is on the hosts of one instance. */
class Hosts {
  readonly has = new Set<string>();
  do(job: JobName, params: unknown): unknown {
    const { keepData } = params as { keepData?: boolean };
    switch (job) {
      case 'cacheImage': case 'fetchImage': case 'cloneDisk': case 'makeDataDisk': this.has.add(job); break;
      case 'startDomain': case 'rebootDomain': this.need('cloneDisk', 'makeDataDisk').add('running'); this.has.delete('saved'); break;
      case 'stopDomain': for (const what of ['running', 'saved']) this.has.delete(what); break;
      case 'suspendDomain': if (this.has.delete('running')) this.has.add('saved'); this.need('saved'); break;
      case 'resumeDomain': if (this.has.delete('saved')) this.has.add('running'); this.need('running'); break;
      case 'discardInstance': for (const what of ['running', 'saved', 'cloneDisk', 'fetchImage', ...(keepData ? [] : ['makeDataDisk'])]) this.has.delete(what); break;
      case 'discardStaging': this.has.delete('cacheImage'); break;
      default: break;
    }
    return RESULTS[job] ?? {};
  }
  undo(job: JobName, params: unknown): void {
    // A data disk that was there before stays.
    if (job === 'makeDataDisk' && !(params as { removable?: boolean }).removable) return;
    if (job === 'startDomain') this.has.delete('running');
    else if (job === 'suspendDomain') { if (this.has.delete('saved')) this.has.add('running'); }
    else if (job === 'resumeDomain') { if (this.has.delete('running')) this.has.add('saved'); }
    else this.has.delete(job);
  }
  private need(...whats: string[]): Set<string> {
    for (const what of whats) assert.ok(this.has.has(what), `${what} is not there`);
    return this.has;
  }
}

describe('the plans of an instance', function () {
  this.timeout(120_000);
  const MADE = ['cacheImage', 'fetchImage', 'cloneDisk', 'makeDataDisk'];
  let dir = '';
  let copies = 0;
  let insId = '';
  let store: Store | null = null;
  let deps: PlanDeps;
  let nodesHave = createNodesHave();

  /** A cloud with one instance, brought so far by its own commands. */
  async function scene(name: string, bring: (clc: Awaited<ReturnType<typeof openClcPlans>>, id: string) => Promise<void>): Promise<void> {
    const clc = await openClcPlans(`sqlite:${path.join(dir, `${name}.db`)}`);
    await modifyNetwork({ ...clc.deps, servers: {} }, (await clc.deps.store.read.daemons.daemon(CC)) as DaemonRow, ClusterNetworkSettings.parse({ mode: 'private', rdpPorts: null, managementPorts: { from: 20_000, to: 20_009 } }), null);
    insId = (await defineInstance({ ...clc.deps, random: () => Buffer.from('00000001', 'hex') }, DefineInstance.parse({ name: 'desk', imageId: SOURCE, kind: 'vs', cpus: 1, memoryMiB: 128, dataDiskGiB: 1 }), 'anna')).id;
    await bring(clc, insId);
    deps = clc.planDeps;
    await clc.close();
  }
  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-stock-'));
    await scene('defined', async () => undefined);
    const steps = { running: [], off: [stopInstance], paused: [pauseInstance], suspended: [suspendInstance] } as const;
    for (const [name, more] of Object.entries(steps)) {
      await scene(name, async (clc, id) => {
        await runInstance(clc.deps, id);
        await clc.answerAll();
        for (const act of more) { await act(clc.deps, id, stop); await clc.answerAll(); }
      });
    }
  });
  after(async () => {
    await store?.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function setUp(from: string, there: readonly string[]): Promise<StockRig<Tx>> {
    await store?.close();
    nodesHave = createNodesHave();
    const file = path.join(dir, `${from}-${(copies += 1)}.db`);
    // The log first: SQLite may put it into the file, and remove it, some time after the connection was closed.
    for (const part of ['-wal', '']) await copyFile(path.join(dir, `${from}.db${part}`), `${file}${part}`).catch((e: unknown) => { if (part === '') throw e; });
    const mine = (store = await openStore({ url: `sqlite:${file}`, log: silentLog(), now: () => 1_000_000 }));
    const hosts = new Hosts();
    for (const what of there) hosts.has.add(what);
    return {
      store: mine, world: hosts,
      async things() {
        const { ledger, instances, networks, saga } = mine.read;
        const row = await instances.instance(insId);
        return {
          hosts: [...hosts.has].sort(), place: [row?.ccId ?? null, row?.ncId ?? null], ways: (await networks.accessIn(CC)).length, leased: (await networks.addresses({ ccId: CC, state: 'leased', limit: 9 })).map(({ value }) => value),
          claims: (await Promise.all((['disk', 'data', 'saved', 'compute'] as const).map(async (kind) => ((await ledger.claimOf(insId, kind)) ? kind : '')))).filter(Boolean), outbox: await saga.outbox(9),
        };
      },
    };
  }
  /** The store of the rig that is played with. */
  const planDeps = { get store() { return store as Store; }, now: () => 1_000_000, sign: () => 'ticket', log: silentLog(), get nodesHave() { return nodesHave; }, rank: (...args: Parameters<PlanDeps['rank']>) => deps.rank(...args), get limits() { return deps?.limits ?? ({ startMs: 1000 } as PlanDeps['limits']); } } as PlanDeps;
  const stock = <Context>(title: string, plan: (deps: PlanDeps) => PlanDefinition<Tx, Context>, from: string, there: readonly string[], more: { input?: unknown; failsClean?: boolean; idle?: readonly JobName[] } = {}): void =>
    stockSagaTests(title, { plan: plan(planDeps), get subject() { return subjectOf({ id: insId, imageId: SOURCE }); }, input: {}, setUp: () => setUp(from, there), crashes: false, ...more });

  const THROWN: JobName[] = ['discardInstance', 'discardStaging', 'releaseClaims'];
  stock('run, the first time', runInstancePlan, 'defined', [], { input: { throwAway: false, fresh: true, firstPlaced: true }, idle: THROWN });
  stock('run, with its disk there', runInstancePlan, 'off', MADE, { input: { throwAway: false, fresh: false, firstPlaced: false }, idle: [...THROWN, 'placeInstance', 'cacheImage', 'fetchImage', 'cloneDisk'] });
  // A guest that is off is off: its node says so.
  stock('stop', stopInstancePlan, 'running', [...MADE, 'running'], { input: { graceMs: 0, force: false }, failsClean: false });
  stock('stop of a suspended one', stopInstancePlan, 'suspended', [...MADE, 'saved'], { input: { graceMs: 0, force: false }, failsClean: false });
  stock('reboot', rebootInstancePlan, 'running', [...MADE, 'running'], { input: { graceMs: 0, force: false }, failsClean: false });
  stock('pause', pauseInstancePlan, 'running', [...MADE, 'running'], { failsClean: false });
  stock('unpause', unpauseInstancePlan, 'paused', [...MADE, 'running'], { failsClean: false });
  stock('suspend', suspendInstancePlan, 'running', [...MADE, 'running']);
  stock('resume', resumeInstancePlan, 'suspended', [...MADE, 'saved']);
  stock('reset', resetInstancePlan, 'off', MADE, { input: { data: true }, failsClean: false });
  // As the command has begun it.
  stock('delete', (to) => ({ ...deleteInstancePlan(to), onStart: async (tx, { row }: Life) => void (await doing(tx, row, 'deleting')) }), 'running', [...MADE, 'running'], { failsClean: false });
});
