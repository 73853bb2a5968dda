// Begins what a batch asks of its members, some in one transaction. Whoever is refused says why and nothing is done to it. Called by ./work.
import type { BatchAction, StopBody } from '@educloud/contracts';
import { asCloudError, CloudError, hasCode, toWire } from '@educloud/errors';
import { mustRollBack, type PlanRow } from '@educloud/saga';
import type { z } from 'zod';
import { beginDeletion } from '../commands/instance/delete.ts';
import { beginAction, lockedInstance, progressKeyOf, requireAction, subjectOf } from '../commands/instance/life.ts';
import { beginRun } from '../commands/instance/run.ts';
import { beginStop } from '../commands/instance/stop.ts';
import type { Deps } from '../deps.ts';
import type { BatchMemberRow, BatchRow, Tx } from '../store/interface.ts';

export type BeginDeps = Pick<Deps, 'store' | 'saga' | 'now' | 'limits' | 'progress'>;

/** Few enough that nobody waits long for the transaction, many enough that there are few of them. */
const AT_ONCE = 10;

/** @returns whether there may be more to begin */
export async function beginSome(deps: BeginDeps, batchId: string): Promise<boolean> {
  const begun = await deps.store.transaction((tx) => beginIn(deps, tx, batchId, AT_ONCE)).catch(async (e: unknown) => {
    // Found refused after something of it was written: that is taken back with all the others, and each is begun by itself.
    // What may be tried again later is no less refused: whoever waits for it holds up all the others.
    if (mustRollBack(e)) throw e;
    return beginOne(deps, batchId);
  });
  await Promise.all(begun.map((id) => deps.progress.delete(progressKeyOf({ id }))));
  if (begun.length > 0) deps.saga.kick();
  return begun.length > 0;
}

async function beginOne(deps: BeginDeps, batchId: string): Promise<string[]> {
  try {
    return await deps.store.transaction((tx) => beginIn(deps, tx, batchId, 1));
  } catch (e) {
    if (mustRollBack(e)) throw e;
    return deps.store.transaction(async (tx) => {
      await tx.batches.lockBatch(batchId);
      const [member] = await tx.batches.members(batchId, { state: 'accepted', limit: 1 });
      if (!member) return [];
      await tx.batches.setMembers(batchId, [member.position], 'accepted', { state: 'refused', error: toWire(asCloudError(e)) });
      return [member.insId];
    });
  }
}

/** @returns the instances that were looked at */
async function beginIn(deps: BeginDeps, tx: Tx, batchId: string, most: number): Promise<string[]> {
  const batch = await tx.batches.lockBatch(batchId);
  if (batch?.state !== 'running') return [];
  const members = await tx.batches.members(batchId, { state: 'accepted', limit: most });
  // One order for all who lock several.
  for (const member of [...members].sort((a, b) => (a.insId < b.insId ? -1 : 1))) await begin(deps, tx, batch, member);
  return members.map((member) => member.insId);
}

async function begin(deps: BeginDeps, tx: Tx, batch: BatchRow, { position, insId }: BatchMemberRow): Promise<void> {
  const becomes = (set: Parameters<Tx['batches']['setMembers']>[3]): Promise<void> => tx.batches.setMembers(batch.id, [position], 'accepted', set);
  let row;
  try {
    row = await lockedInstance(tx, insId);
    if (batch.action !== 'delete' || row.taskState !== 'deleting') requireAction(row, actionOf(batch.action));
  } catch (e) {
    if (mustRollBack(e)) throw e;
    // Nothing was written for it.
    if (batch.action === 'delete' && hasCode(e, 'NOT_FOUND')) return becomes({ state: 'done' });
    return becomes({ state: 'refused', error: toWire(asCloudError(e)) });
  }
  const plan = await PLANS[batch.action](deps, tx, row, batch);
  return becomes(plan ? { state: 'running', planId: plan.id } : { state: 'done' });
}

const actionOf = (action: BatchAction): 'run' | 'stop' | 'delete' => (action === 'define-and-run' ? 'run' : action);

type Row = Awaited<ReturnType<typeof lockedInstance>>;
const run = (deps: BeginDeps, tx: Tx, row: Row): Promise<PlanRow> => beginAction(deps, tx, row, 'run', beginRun);
/** null: it is done already. */
const PLANS: Record<BatchAction, (deps: BeginDeps, tx: Tx, row: Row, batch: BatchRow) => Promise<PlanRow | null>> = {
  'define-and-run': run,
  run,
  stop: (deps, tx, row, { input }) => beginAction(deps, tx, row, 'stop', beginStop(deps, input as z.output<typeof StopBody>)),
  async delete(deps, tx, row) {
    if (row.taskState !== 'deleting') return beginDeletion(deps, tx, row);
    const active = await tx.saga.activePlan(subjectOf(row));
    if (!active) throw new CloudError('CONFLICT', `${row.id} is being deleted by nobody`, { retryable: true });
    return active;
  },
};
