// The CLC's commands and plans on a database in memory, with daemons that only exist as rows: the test reads what is sent to them and answers.
import { randomBytes } from 'node:crypto';
import { CloudError } from '@educloud/errors';
import type { CommandBody, Envelope, ImageId, JobName, TaskStatus, WireError } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import { openProgress, type ProgressCache } from '@educloud/progress';
import { createSaga, type Saga } from '@educloud/saga';
import { discardPlan } from '../../apps/clc/src/commands/image-create/discard.ts';
import { preparePlan } from '../../apps/clc/src/commands/image-create/prepare.ts';
import { runPlan } from '../../apps/clc/src/commands/image-create/run.ts';
import { stopPlan } from '../../apps/clc/src/commands/image-create/stop.ts';
import { submitPlan } from '../../apps/clc/src/commands/image-create/submit.ts';
import { deleteVersionPlan } from '../../apps/clc/src/commands/image-delete.ts';
import { deleteInstancePlan } from '../../apps/clc/src/commands/instance/delete.ts';
import { pauseInstancePlan } from '../../apps/clc/src/commands/instance/pause.ts';
import { rebootInstancePlan } from '../../apps/clc/src/commands/instance/reboot.ts';
import { resetInstancePlan } from '../../apps/clc/src/commands/instance/reset.ts';
import { runInstancePlan } from '../../apps/clc/src/commands/instance/run.ts';
import { stopInstancePlan } from '../../apps/clc/src/commands/instance/stop.ts';
import { resumeInstancePlan } from '../../apps/clc/src/commands/instance/resume.ts';
import { suspendInstancePlan } from '../../apps/clc/src/commands/instance/suspend.ts';
import { unpauseInstancePlan } from '../../apps/clc/src/commands/instance/unpause.ts';
import { powerOffHostPlan } from '../../apps/clc/src/commands/host-poweroff.ts';
import { pullHostPlan } from '../../apps/clc/src/commands/host-pull.ts';
import { wakeHostPlan } from '../../apps/clc/src/commands/host-wake.ts';
import { fenceNodePlan, isOff } from '../../apps/clc/src/commands/node-fence.ts';
import { removeOrphanPlan } from '../../apps/clc/src/commands/orphan-remove.ts';
import type { Deps, PlanDeps } from '../../apps/clc/src/deps.ts';
import { createNodesHave } from '../../apps/clc/src/jobs/nodes-have.ts';
import { openStore, type DaemonRow, type TaskRow, type Tx } from '../../apps/clc/src/store/index.ts';
import { daemonRow, imageRow, versionRow } from './store-rows.ts';

export const SOURCE = imageRow(1).id as ImageId;
export const STORE_1 = 'walrus-00000001';
export const STORE_2 = 'walrus-00000002';
const SHA = 'a'.repeat(64);
const GIB = 2 ** 30;

/** What daemons answer when all goes well. */
export const RESULTS: Partial<Record<JobName, unknown>> = { flattenDisk: { sha256: SHA, sizeBytes: 1000, virtualSizeBytes: GIB }, cloneDisk: { virtualSizeBytes: GIB }, stopGuests: { stopped: 1 }, removeFromNode: { kept: '' }, startDomain: { startedAt: 1 }, stopDomain: { how: 'agent' }, rebootDomain: { how: 'acpi' },
  pullFacts: { at: 1, facts: { version: '1', hostname: 'h' }, load: { load1: 0.5, memoryFreeMiB: 1, freeDiskBytes: 1 }, guests: { count: 1, items: [{ name: 'ins-00000001', state: 'running' }] }, disks: { count: 0, bytes: 0, items: [] }, images: { count: 0, items: [] } } };

export interface Sent { job: JobName; op: 'do' | 'undo'; target: string; params: Record<string, unknown>; envelope: Envelope }

export interface ClcPlans {
  deps: Deps;
  /** As the plans have them: a test may put something else in. */
  planDeps: PlanDeps;
  engine: Saga<Tx>;
  progress: ProgressCache;
  /** Commands not answered yet, oldest first. */
  sent(): Promise<Sent[]>;
  /** The oldest unanswered command ends so; returns it. */
  answer(outcome?: WireError): Promise<Sent>;
  /** Answers all that comes, in order, until nothing comes; returns what was asked. */
  answerAll(until?: JobName): Promise<Sent[]>;
  later(ms: number): Promise<void>;
  task(tid: string): Promise<TaskRow>;
  daemon(id: string, set: Partial<DaemonRow>): Promise<void>;
  close(): Promise<void>;
}

/** To be called in a `describe`: each test has plans of its own, in memory unless it gives a database. */
export function plansForEachTest(have: (plans: ClcPlans) => void, databaseUrl?: () => Promise<string>): void {
  let plans: ClcPlans;
  beforeEach(async () => {
    plans = await openClcPlans(await databaseUrl?.());
    have(plans);
  });
  afterEach(() => plans.close());
}

/** Two image stores of which only the first is up, a cluster, a node, and one image, in the first store. */
export async function openClcPlans(databaseUrl = 'sqlite::memory:'): Promise<ClcPlans> {
  const log = silentLog();
  let clock = 1_000_000;
  const now = (): number => clock;
  const store = await openStore({ url: databaseUrl, log, now });
  const progress = openProgress(`memory:${randomBytes(6).toString('hex')}`, { log });
  const unanswered: Envelope[] = [];
  const planDeps: PlanDeps = {
    store, now, log, sign: () => 'ticket', nodesHave: createNodesHave(),
    rank: async () => ({ candidates: [{ ncId: daemonRow(1).id, name: 'node-1', fits: true, score: 1, reason: 'has room' }] }),
    limits: { maxVirtualBytes: 100 * GIB, maxUploadBytes: 100 * GIB, slowestBytesPerSecond: 1e6, stopGraceMs: 1000, startMs: 1000, quarantineMs: 1000, guestSilentMs: 180_000, uploadMs: 24 * 3_600_000 },
  };
  const saga = createSaga<Tx>({
    store, now, log, generation: 1,
    address: async (tx, id) => ({ queue: id, epoch: (await tx.daemons.daemon(id))?.epoch ?? 1 }),
    switchedOff: async (tx, id) => isOff(await tx.daemons.daemon(id)),
    publish: async (_queue, envelope) => {
      const at = unanswered.findIndex((e) => e.id === envelope.id);
      if (at < 0) unanswered.push(envelope);
      else unanswered[at] = envelope;
    },
    plans: [preparePlan, runPlan, stopPlan, submitPlan, discardPlan, deleteVersionPlan, removeOrphanPlan, fenceNodePlan, wakeHostPlan, powerOffHostPlan, pullHostPlan, runInstancePlan, stopInstancePlan, rebootInstancePlan, pauseInstancePlan, unpauseInstancePlan, suspendInstancePlan, resumeInstancePlan, resetInstancePlan, deleteInstancePlan].map((plan) => plan(planDeps)),
  });
  const settle = async (): Promise<void> => {
    for (let quiet = 0, seen = -1; quiet < 20; quiet++) {
      await saga.tick();
      await new Promise((resolve) => setImmediate(resolve));
      if (seen !== unanswered.length) quiet = 0;
      seen = unanswered.length;
    }
  };
  const rows: DaemonRow[] = [
    daemonRow(1, { state: 'up', epoch: 1 }),
    daemonRow(2, { id: 'cc-00000001', role: 'cc', name: 'cluster-1', ccId: null, state: 'up', epoch: 1, facts: { ...daemonRow(2).facts, usages: ['vs', 'rvd'] } }),
    daemonRow(3, { id: STORE_1, role: 'walrus', name: 'store-1', url: 'http://store-1', ccId: null, state: 'up', epoch: 1 }),
    daemonRow(4, { id: STORE_2, role: 'walrus', name: 'store-2', url: 'http://store-2', ccId: null, state: 'down', epoch: 1 }),
  ];
  await store.transaction(async (tx) => {
    for (const row of rows) await tx.daemons.insertDaemon(row);
    await tx.ledger.setLimits(daemonRow(1).id, { cpus: 8, memoryMiB: 8192, diskBytes: 100 * GIB });
    await tx.images.insertImage(imageRow(1));
    await tx.images.reserveVersion(versionRow(SOURCE, { state: 'available', sha256: SHA, sizeBytes: 1000, virtualSizeBytes: GIB, format: 'qcow2', walrusId: STORE_1 }));
  });

  const read = (envelope: Envelope): Sent => {
    const body = envelope.body as CommandBody;
    return { job: body.job as JobName, op: body.op, target: envelope.target?.node ?? '', params: body.params as Record<string, unknown>, envelope };
  };
  const scene: ClcPlans = {
    planDeps,
    deps: { ...planDeps, saga, progress, random: (n) => randomBytes(n), lookForBatches: () => undefined, tellCluster: () => undefined, accepted: async () => undefined },
    engine: saga,
    progress,
    async sent() {
      await settle();
      return unanswered.map(read);
    },
    async answer(outcome) {
      await settle();
      const envelope = unanswered.shift();
      if (!envelope) throw new CloudError('INTERNAL', 'nothing was sent that could be answered');
      const { job, op, target } = read(envelope);
      const { attempt } = envelope.body as CommandBody;
      const status: TaskStatus = {
        jobId: envelope.jobId ?? '', op, attempt, outcome: outcome ? 'failed' : 'done', percent: 0, ...(outcome ? { error: outcome } : { result: op === 'do' ? (RESULTS[job] ?? {}) : {} }),
      };
      await saga.onStatus(status, { node: target, epoch: envelope.target?.epoch ?? 0 });
      return read(envelope);
    },
    async answerAll(until) {
      const asked: Sent[] = [];
      for (;;) {
        const [next] = await scene.sent();
        if (!next || next.job === until) return asked;
        asked.push(await scene.answer());
      }
    },
    async later(ms) {
      clock += ms;
      await settle();
    },
    async task(tid) {
      await settle();
      const task = await store.read.tasks.task(tid);
      if (!task) throw new CloudError('NOT_FOUND', `there is no task ${tid}`);
      return task;
    },
    async daemon(id, set) {
      const before = await store.read.daemons.daemon(id);
      if (before && set.state) await store.transaction((tx) => tx.daemons.setState(id, before.epoch, [before.state], set.state as DaemonRow['state']));
    },
    async close() {
      await saga.close();
      await progress.close();
      await store.close();
    },
  };
  return scene;
}
