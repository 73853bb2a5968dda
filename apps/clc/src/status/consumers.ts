// The table of everything that comes up to the CLC by message. What one source says of one instance is handled in the order it was said.
import type { Bus, MessageHandler, Subscription } from '@educloud/bus';
import { CLC_BEAT_QUEUE, CLC_STATUS_QUEUE, JOBS, statusLane, TaskStatus, type Envelope, type JobName, type StatusName } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { ProgressCache } from '@educloud/progress';
import type { Saga } from '@educloud/saga';
import type { Deps, PlanDeps } from '../deps.ts';
import type { Liveness } from '../liveness.ts';
import type { Store, Tx } from '../store/interface.ts';
import { onHeartbeat } from './heartbeat.ts';
import { onImageStatus } from './image-status.ts';
import { onInventory } from './inventory.ts';
import { onInstanceStatus } from './instance-status.ts';
import { onLocalReport } from './local-report.ts';
import type { LedgerRules } from './node-limits.ts';
import { onInstanceProgress } from './instance-progress.ts';
import { onNodeStatus } from './node-status.ts';
import { refuseForeignWord } from './speaker.ts';
import { onTaskProgress } from './task-progress.ts';
import { onTaskStatus } from './task-status.ts';

export interface ConsumerDeps {
  bus: Bus;
  store: Store;
  saga: Saga<Tx>;
  progress: ProgressCache;
  liveness: Liveness;
  tellCluster: Deps['tellCluster'];
  ledger: LedgerRules;
  limits: PlanDeps['limits'];
  now(): number;
}

type Handlers = Partial<Record<StatusName, (envelope: Envelope) => Promise<void>>>;

export async function consumeStatuses(deps: ConsumerDeps): Promise<Subscription[]> {
  const durable: Handlers = {
    taskstatus: (e) => onTaskStatus(deps, e),
    insstatus: (e) => onInstanceStatus(deps, e),
    nodestatus: (e) => onNodeStatus(deps, e),
    imagestatus: (e) => onImageStatus(deps, e),
    inventory: (e) => onInventory(deps, e),
    lvdreport: (e) => onLocalReport(deps, e),
  };
  const volatile: Handlers = {
    heartbeat: (e) => onHeartbeat(deps, e),
    taskstatus: (e) => progressOf(deps, e),
  };
  return Promise.all([
    deps.bus.consume(CLC_STATUS_QUEUE, 'command', byName(deps, durable), { prefetch: 100, order: statusLane }),
    deps.bus.consume(CLC_BEAT_QUEUE, 'volatile', byName(deps, volatile), { prefetch: 100 }),
  ]);
}

const byName =
  (deps: Pick<ConsumerDeps, 'store'>, handlers: Handlers): MessageHandler =>
  async (envelope) => {
    const handle = Object.hasOwn(handlers, envelope.name) ? handlers[envelope.name as StatusName] : undefined;
    if (!handle) throw new CloudError('MESSAGE_INVALID', `nothing here handles a message named ${envelope.name}`);
    // Of each single beat in a heartbeat liveness knows who may say it.
    if (envelope.name !== 'heartbeat') await refuseForeignWord(deps.store, envelope);
    await handle(envelope);
  };

async function progressOf(deps: ConsumerDeps, envelope: Envelope): Promise<void> {
  const status = TaskStatus.safeParse(envelope.body);
  if (!status.success || status.data.outcome !== 'progress' || status.data.op !== 'do' || !envelope.tid) return;
  // jobId = tid/plan/index
  const [, seq] = status.data.jobId.split('/');
  const job = await deps.store.read.saga.job(status.data.jobId);
  if (!job || job.state !== 'running' || !isJob(job.name)) return;
  const instance = instanceOf(envelope.tid);
  // A new version of an image has the same kind of tid: the plan tells.
  const plan = instance ? await deps.store.read.saga.plan(job.planId) : null;
  if (instance && plan?.name.startsWith('instance/')) return onInstanceProgress(deps, instance, plan, job.name, status.data);
  await onTaskProgress(deps, envelope.tid, JOBS[job.name].command, job.name, Number(seq), status.data);
}

/** Its image stays its image: src = dst. */
function instanceOf(tid: string): string | null {
  const [src, dst, ins] = tid.split(':');
  return src === dst ? (ins ?? null) : null;
}

const isJob = (name: string): name is JobName => Object.hasOwn(JOBS, name);
