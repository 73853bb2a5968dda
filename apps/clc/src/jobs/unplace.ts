// The last of throwing a guest's disk away: every claim goes back, and it is nowhere any more.
import type { JobDefinition } from '@educloud/saga';
import { giveBackNetwork } from '../network/access.ts';
import type { PlanDeps } from '../deps.ts';
import type { Tx } from '../store/interface.ts';
import { HOUR } from './discard.ts';
import type { Guest, OfGuest } from './guest.ts';

export async function unplace(deps: Pick<PlanDeps, 'now'>, tx: Tx, { instance: { id: insId }, network }: Pick<Guest, 'instance' | 'network'>): Promise<void> {
  await giveBackNetwork(tx, { id: insId, network: network ?? null }, deps.now());
  await tx.ledger.release(insId, 'compute');
  await tx.ledger.release(insId, 'disk');
  // The next node counts its words from its own beginning.
  await tx.instances.updateInstance(insId, { ccId: null, ncId: null, vmstatus: 'init', firstBootAt: null, statusEpoch: 0, statusSeq: 0 });
}

/** @param also in the same transaction */
export const unplaceJob = <C extends OfGuest>(deps: Pick<PlanDeps, 'now'>, also: (tx: Tx, ctx: C) => Promise<void>): JobDefinition<Tx, C> => ({
  name: 'releaseClaims',
  apply: async (tx, ctx) => {
    await unplace(deps, tx, ctx.guest);
    await also(tx, ctx);
    return {};
  },
  deadlineMs: HOUR,
});
