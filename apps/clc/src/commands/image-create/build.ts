// What every step of a build needs to know, read in the transaction that uses it; and the small rules the steps share.
import { CloudError } from '@educloud/errors';
import { allowedSteps, type ImageRef, type JobName, type Kept, type Phase, type PhaseState, type Step, say, inWords, type Said, isFinal } from '@educloud/contracts';
import type { PlanRow } from '@educloud/saga';
import type { Guest } from '../../jobs/guest.ts';
import type { DaemonRow, ImageRow, InstanceRow, TaskRow, Tx, VersionRow } from '../../store/interface.ts';

export interface Build {
  task: TaskRow;
  instance: InstanceRow;
  sourceImage: ImageRow;
  /** What the jobs that builds share with people's instances need of it. */
  guest: Guest;
  cc: DaemonRow | null;
  nc: DaemonRow | null;
  /** The store the new version goes to: chosen once, when a submit begins, and kept with the version. */
  walrus: DaemonRow | null;
  input: unknown;
}

/** A plan's step asks for the same build several times: the store reads each row once per transaction. */
export async function loadBuild(tx: Tx, plan: PlanRow): Promise<Build> {
  const task = await tx.tasks.lockTask(plan.subject);
  if (!task) throw new CloudError('NOT_FOUND', say('noTask', { tid: plan.subject }));
  const source = { imageId: task.srcImageId, version: task.srcVersion };
  const destination = { imageId: task.dstImageId, version: task.dstVersion };
  const { instance, source: version, sourceImage, made } = await tx.instances.parts({ insId: task.insId, source, destination });
  if (!instance || !sourceImage || !version) throw new CloudError('NOT_FOUND', say('taskLost', { tid: task.tid }));
  const wanted = [task.ccId, task.ncId, version.walrusId, made?.walrusId].filter((id): id is string => typeof id === 'string');
  const daemons = await tx.daemons.daemonsByIds([...new Set(wanted)]);
  const daemon = (id: string | null | undefined): DaemonRow | null => daemons.find((row) => row.id === id) ?? null;
  const [cc, nc] = [daemon(task.ccId), daemon(task.ncId)];
  const guest: Guest = {
    instance, tid: task.tid, title: task.name, ostype: task.options.ostype, ccId: task.ccId, ncId: task.ncId, cc, nc,
    source: imageRef(version), sourceStore: daemon(version.walrusId), blankBytes: task.options.blankBytes,
  };
  return { task, instance, sourceImage, guest, cc, nc, walrus: daemon(made?.walrusId), input: plan.input };
}

export async function taskOrThrow(tx: Tx, tid: string): Promise<TaskRow> {
  const task = await tx.tasks.task(tid);
  if (!task) throw new CloudError('NOT_FOUND', say('noTask', { tid }));
  return task;
}

/** The store new bytes go to; the first that is up, else the first there is. */
export async function pickWalrus(tx: Tx): Promise<DaemonRow | null> {
  const all = await tx.daemons.daemons({ role: 'walrus' });
  return all.find((d) => d.state === 'up') ?? all[0] ?? null;
}

export function imageRef(version: VersionRow): ImageRef {
  const { imageId, sha256, sizeBytes, virtualSizeBytes, format } = version;
  if (!sha256 || !sizeBytes || !virtualSizeBytes || !format) throw new CloudError('IMAGE_NOT_READY', say('fileNotFinished', { image: imageId, version: version.version }));
  return { imageId, version: version.version, sha256, sizeBytes, virtualSizeBytes, format };
}

const stepsOrNothing = (allowed: Step[]): Step[] | Said => (allowed.length > 0 ? allowed : say('nothing'));

/** What a person can do whose step came at the wrong moment. */
function whatNow(task: TaskRow, allowed: Step[]): Said {
  if (allowed.length === 0) return task.state === 'deleted' ? say('taskOver') : say('waitOrLook');
  if (isFinal(task.state) && allowed.every((step) => step === 'delete')) return say('onlyDelete');
  return say('doOneOf', { allowed });
}

/** `check` of a step: the 409 names the present phase and what is allowed. */
export function requireStep(task: TaskRow, step: Step): void {
  const allowed = allowedSteps(task);
  if (allowed.includes(step)) return;
  const code = task.phase === 'submitting' && task.state === 'registering' && (step === 'cancel' || step === 'delete') ? 'ALREADY_REGISTERED' : 'WRONG_PHASE';
  throw new CloudError(code, say('stepNotNow', { step, phase: task.phase, state: task.state, allowed: stepsOrNothing(allowed) }), {
    data: { phase: task.phase, state: task.state, allowed },
    ...(code === 'WRONG_PHASE' ? { todo: whatNow(task, allowed) } : {}),
  });
}

/** `check` of a step that begins where another may still be in its first moments: the state alone does not tell. */
export async function requireIdle(tx: Tx, task: TaskRow, step: Step): Promise<void> {
  if (!(await tx.saga.activePlan(task.tid))) return;
  const allowed = allowedSteps(task).filter((each) => each !== step);
  throw new CloudError('STEP_IN_PROGRESS', say('otherStepUnderWay', { step, phase: task.phase, state: task.state, allowed: stepsOrNothing(allowed) }), {
    data: { phase: task.phase, state: task.state, allowed },
  });
}

/** Moves the task or says that somebody was faster. */
export async function change(tx: Tx, tid: string, from: PhaseState[], set: Parameters<Tx['tasks']['changeTask']>[2]): Promise<TaskRow> {
  const row = await tx.tasks.changeTask(tid, from, set);
  if (row) return row;
  const now = await taskOrThrow(tx, tid);
  const { phase, state } = now;
  const allowed = allowedSteps(now);
  throw new CloudError('WRONG_PHASE', say('taskIsNow', { phase, state, allowed: stepsOrNothing(allowed) }), { data: { phase, state, allowed }, todo: whatNow(now, allowed) });
}

export const clearError = { error: null, failedStep: null, kept: null } as const;

export function keptDisk(build: Build): Kept {
  const node = build.nc?.name ?? build.task.ncId;
  const said = { what: say('keptDisk', { instance: build.task.insId }), ...(node ? {} : { where: say('keptOnItsNode') }), until: say('keptUntilEnd') };
  return { what: inWords(said.what, 'en'), where: node ?? 'its node', until: inWords(said.until, 'en'), said };
}
export const keptNothing: Kept = { what: 'nothing', where: '-', until: '-' };

/** Where the cache keeps how far a phase is. */
export const progressKey = (tid: string, phase: Phase): string => `task:${tid}:${phase}`;

/** Which part of its phase's bar each job fills. */
export const JOB_SHARE: Readonly<Partial<Record<JobName, readonly [number, number]>>> = {
  placeInstance: [0, 1],
  cacheImage: [1, 2],
  fetchImage: [2, 95],
  cloneDisk: [95, 99],
  claimCompute: [0, 10],
  startDomain: [10, 99],
  flattenDisk: [0, 30],
  stageUpload: [30, 31],
  reserveUpload: [31, 32],
  uploadToCluster: [32, 62],
  uploadToStore: [62, 92],
  registerVersion: [92, 95],
};
export const shareOf = (job: JobName, percent: number): number => {
  const [from, to] = JOB_SHARE[job] ?? [0, 0];
  return Math.floor(from + ((to - from) * percent) / 100);
};
