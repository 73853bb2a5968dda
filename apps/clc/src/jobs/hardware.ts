// The virtual hardware of a guest that is about to start: of its OS type as it is now, so that a correction counts from the next start.
import { CloudError } from '@educloud/errors';
import { GuestHardware, OS_HARDWARE, say } from '@educloud/contracts';
import type { PlanRow } from '@educloud/saga';
import type { Tx } from '../store/interface.ts';
import type { Guest, OfGuest } from './guest.ts';

/** A plan with a job that starts the guest. */
export interface OfStartingGuest extends OfGuest { guest: Guest & { hardware: GuestHardware } }

/** @throws NOT_FOUND no such OS type. Those of the first version are known without a row. */
export async function hardwareOf(tx: Pick<Tx, 'osTypes'>, osType: string): Promise<GuestHardware> {
  const row = await tx.osTypes.osType(osType);
  if (row) return GuestHardware.parse(row);
  if (Object.hasOwn(OS_HARDWARE, osType)) return OS_HARDWARE[osType as keyof typeof OS_HARDWARE];
  throw new CloudError('NOT_FOUND', say('noOsType', { name: osType }));
}

/** What a plan loads, and the hardware of its guest. */
export const withHardware = <C extends OfGuest>(load: (tx: Tx, plan: PlanRow) => Promise<C>) => async (tx: Tx, plan: PlanRow): Promise<C & OfStartingGuest> => {
  const loaded = await load(tx, plan);
  return { ...loaded, guest: { ...loaded.guest, hardware: await hardwareOf(tx, loaded.guest.ostype) } };
};
