// The last of throwing a guest's disk away: its claims go back, and it is nowhere any more; unless it has a data disk, which it stays with.
import type { JobDefinition } from '@educloud/saga';
import { giveBackNetwork } from '../network/access.ts';
import type { PlanDeps } from '../deps.ts';
import type { Tx } from '../store/interface.ts';
import { HOUR } from './discard.ts';
import type { Guest, OfGuest } from './guest.ts';

/** @param also.data its data disk goes, too */
export async function unplace(deps: Pick<PlanDeps, 'now'>, tx: Tx, { instance: { id: insId }, network }: Pick<Guest, 'instance' | 'network'>, also: { data: boolean }): Promise<void> {
  await giveBackNetwork(tx, { id: insId, network: network ?? null }, deps.now());
  await tx.ledger.release(insId, 'compute');
  await tx.ledger.release(insId, 'saved');
  await tx.ledger.release(insId, 'disk');
  if (also.data) await tx.ledger.release(insId, 'data');
  else if (await tx.ledger.claimOf(insId, 'data')) return void (await tx.instances.updateInstance(insId, { vmstatus: 'init', firstBootAt: null }));
  // The next node counts its words from its own beginning.
  await tx.instances.updateInstance(insId, { ccId: null, ncId: null, vmstatus: 'init', firstBootAt: null, statusEpoch: 0, statusSeq: 0 });
}

/** @param data whether its data disk was thrown away, too */
export const unplaceJob = <C extends OfGuest>(deps: Pick<PlanDeps, 'now'>, data: (ctx: C) => boolean = () => false): JobDefinition<Tx, C> => ({
  name: 'releaseClaims',
  apply: async (tx, ctx) => {
    await unplace(deps, tx, ctx.guest, { data: data(ctx) });
    return {};
  },
  deadlineMs: HOUR,
});
