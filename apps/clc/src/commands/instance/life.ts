// What every action on an instance needs to know (its `Life`), read in the transaction that uses it; and the small rules the actions share. What a node says
// of an instance by itself comes in by status/instance-life.
import { CloudError, whyOf } from '@educloud/errors';
import {
  allowedActions, inWords, say, standAt, standOf, statusOf, taskId, type ImageId, type InstanceAction, type InstanceId, type InstanceStand, type InstanceTask, type JobName, type Kept, type Said, type WireError,
} from '@educloud/contracts';
import type { JobRow, PlanRow } from '@educloud/saga';
import type { Deps } from '../../deps.ts';
import type { Guest } from '../../jobs/guest.ts';
import type { InstanceRow, Tx, UserInstanceChange, UserInstanceRow } from '../../store/interface.ts';
import { closeWays } from '../../network/access.ts';
import { imageRef } from '../image-create/build.ts';

export interface Life {
  row: UserInstanceRow;
  instance: InstanceRow;
  guest: Guest;
  input: unknown;
}

/** Subject of an instance's plans: its image stays its image. */
export const subjectOf = (row: Pick<UserInstanceRow, 'id' | 'imageId'>): string => taskId(row.imageId as ImageId, row.imageId as ImageId, row.id as InstanceId);

export async function instanceOrThrow(tx: Tx, id: string): Promise<UserInstanceRow> {
  const row = await tx.userInstances.userInstance(id);
  if (!row) throw new CloudError('NOT_FOUND', say('noInstance', { instance: id }));
  return row;
}

/** For whoever is going to decide something about it. The first read of the transaction: what is read after it cannot change before the commit. */
export async function lockedInstance(tx: Tx, id: string): Promise<UserInstanceRow> {
  const row = await tx.userInstances.lockUserInstance(id);
  if (!row) throw new CloudError('NOT_FOUND', say('noInstance', { instance: id }));
  return row;
}

export async function loadLife(tx: Tx, plan: PlanRow): Promise<Life> {
  const id = plan.subject.split(':')[2] ?? '';
  // Nearly every step changes it: read once, and ours from here on.
  const row = await lockedInstance(tx, id);
  await tx.instances.readAround(id, row);
  const instance = await tx.instances.instance(id);
  if (!instance) throw new CloudError('NOT_FOUND', say('noInstance', { instance: id }));
  const version = row.madeFrom === null ? null : await tx.images.version(row.imageId, row.madeFrom);
  const ids = [instance.ccId, instance.ncId, version?.walrusId].filter((one): one is string => typeof one === 'string');
  const daemons = new Map((ids.length > 0 ? await tx.daemons.daemonsByIds(ids) : []).map((daemon) => [daemon.id, daemon]));
  const daemon = (one: string | null | undefined) => daemons.get(one ?? '') ?? null;
  const guest: Guest = {
    instance, tid: plan.subject, title: row.name, ostype: row.ostype, ccId: instance.ccId, ncId: instance.ncId, cc: daemon(instance.ccId), nc: daemon(instance.ncId),
    source: version ? imageRef(version) : null, sourceStore: daemon(version?.walrusId), blankBytes: null, network: row.network, startup: row.definition.startup ?? null,
  };
  return { row, instance, guest, input: plan.input };
}

const actionsOrNothing = (allowed: InstanceAction[]): InstanceAction[] | Said => (allowed.length > 0 ? allowed : say('nothing'));

function wrongState(row: UserInstanceRow, why: (at: { status: string; stand: string; allowed: InstanceAction[] | Said }) => Said): CloudError {
  const allowed = allowedActions(row);
  return new CloudError('WRONG_STATE', why({ status: statusOf(row), stand: standOf(row), allowed: actionsOrNothing(allowed) }), {
    data: { status: statusOf(row), vmState: row.vmState, taskState: row.taskState, allowed },
    todo: row.taskState !== null ? say('waitForAction') : allowed.length > 0 ? say('doOneAction', { allowed }) : say('nothing'),
  });
}

/** `check` of an action: the 409 names the present state and what is allowed. */
export function requireAction(row: UserInstanceRow, action: InstanceAction): void {
  if (row.vmState === 'deleted') throw new CloudError('NOT_FOUND', say('noInstance', { instance: row.id }));
  if (row.kind === 'lvd' && !allowedActions(row).includes(action)) throw new CloudError('RUNS_ON_HOSTS', say('localRunsOnHosts', { allowed: allowedActions(row) }), { data: { allowed: allowedActions(row) }, todo: say('localRunOnHost', { instance: row.id }) });
  if (!allowedActions(row).includes(action)) throw wrongState(row, (at) => say('actionNotNow', { action, ...at }));
}

/** From where it is to another task or rest, or says that somebody was faster. */
export async function change(tx: Tx, row: UserInstanceRow, to: InstanceStand | null, set: UserInstanceChange = {}): Promise<UserInstanceRow> {
  const changed = await tx.userInstances.changeUserInstance(row.id, [standOf(row)], { ...(to ? { to: standOf(to) } : {}), ...set });
  if (changed) return changed;
  throw wrongState(await instanceOrThrow(tx, row.id), (at) => say('instanceIsNow', at));
}

/** The machine stays what it is; what is being done with it changes. */
export const doing = (tx: Tx, row: UserInstanceRow, task: InstanceTask | null, set: UserInstanceChange = {}): Promise<UserInstanceRow> => change(tx, row, { vmState: row.vmState, taskState: task }, set);

export const rest = (vmState: InstanceStand['vmState']): InstanceStand => ({ ...standAt('initialized/-'), vmState });
/** What was told and put off belongs to the run before. */
export const notPutOff = { autoStopAt: null, extendedUntil: null } as const;
/** The warning is taken back, and nothing else that is said of it. */
export const takenBack = (row: UserInstanceRow): UserInstanceChange => ({
  autoStopAt: null, ...(row.message.code === 'autoStopSoon' || row.message.code === 'autoStopFailed' ? { message: say(row.vmState === 'paused' ? 'instancePaused' : 'instanceRuns') } : {}),
});
export const clearError = { error: null, failedAction: null, kept: null } as const;

/** Where the cache keeps how far the action under way is. */
export const progressKeyOf = (row: Pick<UserInstanceRow, 'id'>): string => `instance:${row.id}`;

/** Where it stands for people. */
export const addressOf = (id: string): string => `/clc/api/1.0/instances/${id}`;

/** What an action begins with, once its state allows it. */
export type Begin = (tx: Tx, row: UserInstanceRow) => Promise<{ name: string; input: unknown }>;

/** check and record of an action whose row is locked. Whoever calls it kicks the engine after the commit. */
export async function beginAction(deps: Pick<Deps, 'saga'>, tx: Tx, before: UserInstanceRow, action: InstanceAction, begin: Begin): Promise<PlanRow> {
  requireAction(before, action);
  return deps.saga.start(tx, { subject: subjectOf(before), ...(await begin(tx, before)) });
}

/** One action from a person: check, record, send. */
export async function order(deps: Deps, id: string, action: InstanceAction, begin: Begin): Promise<UserInstanceRow> {
  const row = await deps.store.transaction(async (tx) => {
    // check, record
    await beginAction(deps, tx, await lockedInstance(tx, id), action, begin);
    await deps.accepted(tx, { location: addressOf(id), status: 202 });
    return instanceOrThrow(tx, id);
  });
  // send
  // How far an earlier action came is not how far this one is.
  await deps.progress.delete(progressKeyOf(row));
  deps.saga.kick();
  return row;
}

/** An action that failed and leaves the machine as it was, or in error. */
export const failed = (action: InstanceAction, error: WireError, kept: Kept | null): UserInstanceChange => ({
  error, failedAction: action, kept, message: say('instanceFailed', { action, why: whyOf(error) }),
});
export const waits = (action: InstanceAction, error: WireError): UserInstanceChange => ({ error, failedAction: action, message: say('instanceWaits', { action, why: whyOf(error) }) });

export function keptDiskOf({ row, instance, guest }: Life): Kept | null {
  if (instance.ncId === null) return null;
  const said = { what: say('keptDiskOf', { instance: instance.id }), until: say(row.lifetime === 'persistent' ? 'keptUntilReset' : 'keptUntilRun') };
  return { what: inWords(said.what, 'en'), where: guest.nc?.name ?? instance.ncId, until: inWords(said.until, 'en'), said };
}

/** An action on a running guest that failed leaves it as it was; unless its node was declared switched off meanwhile: then it is off. */
export async function stays(tx: Tx, life: Life, action: InstanceAction, error: WireError): Promise<void> {
  if (error.code !== 'NODE_FENCED') return void (await doing(tx, life.row, null, failed(action, error, keptDiskOf(life))));
  await tx.ledger.release(life.row.id, 'compute');
  await tx.ledger.release(life.row.id, 'saved');
  await closeWays(tx, life.row);
  await tx.instances.updateInstance(life.row.id, { vmstatus: 'stopped' });
  await change(tx, life.row, rest('stopped'), { ...failed(action, error, keptDiskOf(life)), message: say('instanceNodeOff', { node: life.guest.nc?.name ?? life.guest.ncId }) });
}

type Shares = Readonly<Partial<Record<JobName, readonly [number, number]>>>;
/** Which part of the bar each job of an action fills. */
const RUN: Shares = { placeInstance: [2, 3], cacheImage: [3, 4], fetchImage: [4, 80], cloneDisk: [80, 84], claimDataDisk: [84, 84], makeDataDisk: [84, 85], claimCompute: [85, 86], openAccess: [86, 88], startDomain: [88, 99] };
const END: Shares = { stopDomain: [0, 80], releaseCompute: [80, 81], closeAccess: [81, 83], discardInstance: [83, 97], discardStaging: [97, 98], rebootDomain: [0, 99], pauseDomain: [0, 99], unpauseDomain: [0, 99], claimSaved: [0, 1], suspendDomain: [1, 80], resumeDomain: [1, 98], releaseSaved: [98, 99] };

/** @param plan name of the plan: what is thrown away before a run fills nothing of its bar */
export const progressAt = (plan: string, job: JobName, percent: number): number => {
  const [from, to] = (plan === 'instance/run' ? RUN : END)[job] ?? [0, 0];
  return Math.floor(from + ((to - from) * percent) / 100);
};

/** A job of an action has ended. One that was not needed moves nothing. */
export async function jobDone(tx: Tx, row: UserInstanceRow, plan: string, job: Pick<JobRow, 'name' | 'attempt'>): Promise<void> {
  const progress = job.attempt > 0 ? progressAt(plan, job.name, 100) : 0;
  if (progress > row.progress) await doing(tx, row, row.taskState, { progress });
}
