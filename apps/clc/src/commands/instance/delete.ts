// instance/delete: overtakes whatever is under way, from any state; the disk goes. Only forward: a daemon that is down is waited for.
import { say } from '@educloud/contracts';
import type { PlanDefinition, PlanRow } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { addressOf, change, clearError, doing, failed, instanceOrThrow, loadLife, lockedInstance, requireAction, rest, subjectOf, waits, type Life } from './life.ts';
import { throwAwayJobs } from './throw-away.ts';

export async function deleteInstance(deps: Deps, id: string): Promise<UserInstanceRow> {
  const row = await deps.store.transaction(async (tx) => {
    // check
    const before = await lockedInstance(tx, id);
    // Asked again because an answer was lost: it is on its way.
    if (before.taskState === 'deleting') return before;
    // record
    await beginDeletion(deps, tx, before);
    await deps.accepted(tx, { location: addressOf(id), status: 202 });
    return instanceOrThrow(tx, id);
  });
  // send
  deps.saga.kick();
  return row;
}

/** Of a locked row that is not being deleted yet. Null: nothing of it was anywhere, and it is gone. */
export async function beginDeletion(deps: Pick<Deps, 'saga' | 'now'>, tx: Tx, before: UserInstanceRow): Promise<PlanRow | null> {
  requireAction(before, 'delete');
  const subject = subjectOf(before);
  const underWay = await deps.saga.supersede(tx, subject);
  const placed = (await tx.instances.instance(before.id))?.ncId !== null;
  if (!underWay && !placed && before.taskState === null && before.vmState === 'initialized') {
    await end(tx, before, deps.now());
    return null;
  }
  await doing(tx, before, 'deleting', { progress: 0, message: say('instanceDeleting'), ...clearError });
  return deps.saga.start(tx, { subject, name: 'instance/delete', input: {} });
}

async function end(tx: Tx, row: UserInstanceRow, now: number): Promise<UserInstanceRow> {
  await tx.userInstances.setSeed(row.id, null);
  await tx.instances.updateInstance(row.id, { deletedAt: now });
  return change(tx, row, rest('deleted'), { progress: 100, deletedAt: now, madeFrom: null, message: say('deleted'), ...clearError });
}

export const deleteInstancePlan = (deps: PlanDeps): PlanDefinition<Tx, Life> => ({
  name: 'instance/delete',
  load: loadLife,
  jobs: throwAwayJobs(deps, () => true),
  async onJobDispatched(tx, { row }) {
    if (row.taskState === 'stuck') await doing(tx, row, 'deleting', { message: say('instanceDeleting'), ...clearError });
  },
  async onDone(tx, { row }) {
    await end(tx, row, deps.now());
  },
  async onFailed(tx, { row }, error) {
    await doing(tx, row, 'stuck', failed('delete', error, null));
  },
  async onStuck(tx, { row }, error) {
    await doing(tx, row, 'stuck', waits('delete', error));
  },
});
