// What became of the members of a batch, from the rows of their plans, and how far the whole is. Called by ./work.
import { say } from '@educloud/contracts';
import { CloudError, toWire } from '@educloud/errors';
import type { WireError } from '@educloud/contracts';
import type { Store, BegunMember, BatchRow } from '../store/interface.ts';

export type Outcome = { state: 'running' } | { state: 'done' } | { state: 'failed'; error: WireError };

/** A plan that waits for help has failed for its batch: nobody knows when help comes. */
export function outcomeOf({ planState, planError }: Pick<BegunMember, 'planState' | 'planError'>): Outcome {
  if (planState === 'running' || planState === 'unwinding') return { state: 'running' };
  if (planState === 'done') return { state: 'done' };
  if (planState === 'cancelled' || planState === null) return { state: 'failed', error: toWire(new CloudError('CANCELLED', say('batchOvertaken'))) };
  return { state: 'failed', error: planError ?? toWire(new CloudError('INTERNAL', say('failedSilently'))) };
}

/** Who has ended counts whole, who has not begun not at all. 100 is for the end alone. */
export function progressOf(total: number, ended: number, percents: readonly number[]): number {
  if (ended >= total) return 100;
  return Math.min(99, Math.floor((ended * 100 + percents.reduce((sum, percent) => sum + percent, 0)) / total));
}

/** @returns the batch as it is now, if it goes on */
export async function settle(store: Pick<Store, 'transaction'>, batchId: string, now: () => number): Promise<BatchRow | null> {
  return store.transaction(async (tx) => {
    const batch = await tx.batches.lockBatch(batchId);
    if (batch?.state !== 'running') return null;
    const begun = (await tx.batches.begunMembers(batchId)).map((member) => ({ ...member, outcome: outcomeOf(member) }));
    const done = begun.filter(({ outcome }) => outcome.state === 'done');
    await tx.batches.setMembers(batchId, done.map((member) => member.position), 'running', { state: 'done' });
    for (const { position, outcome } of begun) if (outcome.state === 'failed') await tx.batches.setMembers(batchId, [position], 'running', outcome);

    const counts = await tx.batches.countMembers(batchId);
    const ended = counts.done + counts.failed + counts.refused;
    const over = ended === batch.total;
    const progress = progressOf(batch.total, ended, begun.filter(({ outcome }) => outcome.state === 'running').map((member) => member.percent));
    const same = progress <= batch.progress && Object.entries(counts).every(([state, count]) => batch.counts[state as keyof typeof counts] === count);
    if (same && !over) return batch;
    const after = await tx.batches.changeBatch(batchId, batch.rev, { progress, counts, ...(over ? { state: counts.failed + counts.refused > 0 ? 'done-with-failures' : 'done', endedAt: now() } : {}) });
    if (!after) throw new CloudError('CONFLICT', `batch ${batchId} was changed by somebody else`, { retryable: true });
    return over ? null : after;
  });
}
