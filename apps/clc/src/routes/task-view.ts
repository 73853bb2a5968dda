// A task row as people and programs see it. Truth from the database; the progress of the moment from the cache.
import { CloudError } from '@educloud/errors';
import { allowedSteps, type JobName, type PlanView, type ProgressView, type TaskView, inWords, say } from '@educloud/contracts';
import type { JobRow, PlanRow } from '@educloud/saga';
import type { Deps } from '../deps.ts';
import type { DaemonRow, TaskRow, Tx, VersionRow } from '../store/interface.ts';
import { progressKey, taskOrThrow } from '../commands/image-create/build.ts';

export async function taskView(deps: Deps, task: TaskRow, options: { plans?: boolean } = {}): Promise<TaskView> {
  const [view] = await taskViews(deps, [task]);
  if (!view) throw new CloudError('INTERNAL', say('noView', { tid: task.tid }));
  return options.plans ? { ...view, plans: await planViews(deps.store.read, task.tid) } : view;
}

export const taskAddress = (tid: string): string => `/clc/api/1.0/tasks/${tid}`;
/** The task that stands there now, for a request whose own answer was lost. */
export const taskAtAddress = async (deps: Deps, address: string): Promise<TaskView> => taskView(deps, await taskOrThrow(deps.store.read, address.slice(taskAddress('').length)));

/** A page of tasks with as many reads as one of them. */
export async function taskViews(deps: Deps, tasks: TaskRow[]): Promise<TaskView[]> {
  const read = deps.store.read;
  const submitted = tasks.filter((task) => task.state === 'submitted');
  const [daemons, cached, versions] = await Promise.all([
    read.daemons.daemonsByIds([...new Set(tasks.flatMap((task) => [task.ccId, task.ncId]).filter((id) => id !== null))]),
    deps.progress.getMany(tasks.map((task) => progressKey(task.tid, task.phase))),
    read.images.versionsOf(submitted.map((task) => ({ imageId: task.dstImageId, version: task.dstVersion }))),
  ]);
  const daemonOf = new Map(daemons.map((row) => [row.id, row]));
  const versionOf = new Map(versions.map((row) => [`${row.imageId}.v${row.version}`, row]));
  return tasks.map((task, i) =>
    view(task, {
      cc: daemonOf.get(task.ccId ?? '') ?? null,
      nc: daemonOf.get(task.ncId ?? '') ?? null,
      version: task.state === 'submitted' ? (versionOf.get(`${task.dstImageId}.v${task.dstVersion}`) ?? null) : null,
      progress: Math.max(task.progress, cached[i]?.percent ?? 0),
    }),
  );
}

function view(task: TaskRow, { cc, nc, version, progress }: { cc: DaemonRow | null; nc: DaemonRow | null; version: VersionRow | null; progress: number }): TaskView {
  return {
    tid: task.tid, kind: task.kind, name: task.name,
    srcImageId: task.srcImageId, srcVersion: task.srcVersion, dstImageId: task.dstImageId, dstVersion: task.dstVersion, insId: task.insId,
    phase: task.phase, state: task.state, progress, vmstatus: task.vmstatus,
    message: inWords(task.message, 'en'), said: task.message, error: task.error, kept: task.kept, failedStep: task.failedStep, allowed: allowedSteps(task),
    ccId: task.ccId, ncId: task.ncId, ccip: hostOf(cc), ncip: hostOf(nc), aURL: consolePath(task),
    memoryMiB: task.options.memoryMiB, cpus: task.options.cpus, placement: task.placement, plans: [],
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

export const hostOf = (daemon: DaemonRow | null): string | null => (daemon ? new URL(daemon.url).hostname : null);

export async function planViews(tx: Tx, tid: string): Promise<PlanView[]> {
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
