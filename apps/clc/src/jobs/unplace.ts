// The last of throwing a guest's disk away: every claim goes back, and it is nowhere any more.
import type { JobDefinition } from '@educloud/saga';
import type { Tx } from '../store/interface.ts';
import { HOUR } from './discard.ts';
import type { OfGuest } from './guest.ts';

export async function unplace(tx: Tx, insId: string): Promise<void> {
  await tx.ledger.release(insId, 'compute');
  await tx.ledger.release(insId, 'disk');
  // The next node counts its words from its own beginning.
  await tx.instances.updateInstance(insId, { ccId: null, ncId: null, vmstatus: 'init', firstBootAt: null, statusEpoch: 0, statusSeq: 0 });
}

/** @param also in the same transaction */
export const unplaceJob = <C extends OfGuest>(also: (tx: Tx, ctx: C) => Promise<void>): JobDefinition<Tx, C> => ({
  name: 'releaseClaims',
  apply: async (tx, ctx) => {
    await unplace(tx, ctx.guest.instance.id);
    await also(tx, ctx);
    return {};
  },
  deadlineMs: HOUR,
});
