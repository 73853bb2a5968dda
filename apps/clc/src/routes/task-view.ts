// A task row as people and programs see it. Truth from the database; the progress of the moment from the cache.
import { allowedSteps, type JobName, type PlanView, type ProgressView, type TaskView } from '@educloud/contracts';
import type { JobRow, PlanRow } from '@educloud/saga';
import type { Deps } from '../deps.ts';
import type { DaemonRow, TaskRow, Tx } from '../store/interface.ts';
import { taskOrThrow } from '../commands/image-create/build.ts';
import { progressKey } from '../status/task-progress.ts';

export async function taskView(deps: Deps, task: TaskRow, options: { plans?: boolean } = {}): Promise<TaskView> {
  const read = deps.store.read;
  const [cc, nc, version, plans, progress] = await Promise.all([
    task.ccId ? read.daemons.daemon(task.ccId) : null,
    task.ncId ? read.daemons.daemon(task.ncId) : null,
    task.state === 'submitted' ? read.images.version(task.dstImageId, task.dstVersion) : null,
    options.plans ? planViews(read, task.tid) : [],
    presentProgress(deps, task),
  ]);
  return {
    tid: task.tid, kind: task.kind, name: task.name,
    srcImageId: task.srcImageId, srcVersion: task.srcVersion, dstImageId: task.dstImageId, dstVersion: task.dstVersion, insId: task.insId,
    phase: task.phase, state: task.state, progress, vmstatus: task.vmstatus,
    message: task.message, error: task.error, kept: task.kept, failedStep: task.failedStep, allowed: allowedSteps(task),
    ccId: task.ccId, ncId: task.ncId, ccip: hostOf(cc), ncip: hostOf(nc), aURL: consolePath(task),
    memoryMiB: task.options.memoryMiB, cpus: task.options.cpus, placement: task.placement, plans,
    owner: task.owner, createdAt: task.createdAt, updatedAt: task.updatedAt,
    result: version?.sha256 && version.sizeBytes ? { imageId: task.dstImageId, version: task.dstVersion, sha256: version.sha256, sizeBytes: version.sizeBytes } : null,
  };
}

export async function progressView(deps: Deps, tid: string): Promise<ProgressView> {
  const view = await taskView(deps, await taskOrThrow(deps.store.read, tid));
  return {
    tid: view.tid, phase: view.phase, state: view.state, progress: view.progress, vmstatus: view.vmstatus,
    aURL: view.aURL ?? '', message: view.message, ccip: view.ccip ?? '', ncip: view.ncip ?? '', errormsg: view.error?.message ?? '',
  };
}

/** Shown as soon as it works, not before. */
const consolePath = (task: TaskRow): string | null => (task.state === 'running' ? `/clc/api/1.0/tasks/${task.tid}/console` : null);

const hostOf = (daemon: DaemonRow | null): string | null => (daemon ? new URL(daemon.url).hostname : null);

async function presentProgress(deps: Deps, task: TaskRow): Promise<number> {
  const cached = await deps.progress.get(progressKey(task.tid, task.phase));
  return Math.max(task.progress, cached?.percent ?? 0);
}

async function planViews(tx: Tx, tid: string): Promise<PlanView[]> {
  const plans = await tx.saga.plansOf(tid);
  return Promise.all(plans.map(async (plan) => planView(plan, await tx.saga.jobs(plan.id))));
}

function planView(plan: PlanRow, jobs: JobRow[]): PlanView {
  return {
    seq: plan.seq, step: plan.name.split('/').at(-1) ?? plan.name, state: plan.state, startedAt: plan.startedAt, endedAt: plan.endedAt, error: plan.error,
    jobs: jobs.map((job) => ({
      name: job.name, role: job.role, state: job.state, attempt: job.attempt, startedAt: job.startedAt, endedAt: job.endedAt, error: job.error,
      ...(SHOWN_RESULTS.has(job.name) ? { result: job.result } : {}),
    })),
  };
}

/** Results people may want to know; none of them holds a secret. */
const SHOWN_RESULTS: ReadonlySet<JobName> = new Set(['stopDomain', 'flattenDisk', 'placeInstance', 'startDomain']);
