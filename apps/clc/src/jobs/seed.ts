// What a guest is told at its first start, for the job that starts it: in a box that only its node opens.
import type { GuestSeed } from '@educloud/contracts';
import type { PlanRow } from '@educloud/saga';
import { closeBox } from '@educloud/tickets';
import type { Tx } from '../store/interface.ts';
import type { Guest, OfGuest } from './guest.ts';

/** A guest of which it is known what it is told. */
export interface OfToldGuest extends OfGuest { guest: Guest & { seed: GuestSeed | null } }

/** What a plan loads, and what its guest is told. */
export const withSeed = <C extends OfGuest>(load: (tx: Tx, plan: PlanRow) => Promise<C>) => async (tx: Tx, plan: PlanRow): Promise<C & OfToldGuest> => {
  const loaded = await load(tx, plan);
  return { ...loaded, guest: { ...loaded.guest, seed: await tx.userInstances.seed(loaded.guest.instance.id) } };
};

export const boxOf = ({ instance, nc, seed }: Guest & { seed?: GuestSeed | null }): { seed?: string } => (seed && nc ? { seed: closeBox(nc.secretHash, instance.id, JSON.stringify(seed)) } : {});
