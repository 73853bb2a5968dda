// The second disk of an instance: empty when it is made, kept when the system disk is thrown away. As long as its room is claimed, it lies, or is
// about to lie, on the node of that claim, and the instance stays there.
import { CloudError } from '@educloud/errors';
import { say, type JobParams } from '@educloud/contracts';
import type { JobDefinition } from '@educloud/saga';
import type { Tx, UserInstanceRow } from '../store/interface.ts';
import { placeOf, type OfGuest } from './guest.ts';

type OfOwner = OfGuest & { row: UserInstanceRow };

export const dataBytesOf = ({ definition }: Pick<UserInstanceRow, 'definition'>): number => (definition.dataDiskGiB ?? 0) * 2 ** 30;

export const noDataDisk = ({ row }: OfOwner): boolean => dataBytesOf(row) === 0;

/** @param firstPlaced whether the same plan chose the node: then a failure leaves nothing of it there */
export const makeDataDisk = <C extends OfOwner>(firstPlaced: (ctx: C) => boolean): JobDefinition<Tx, C> => ({
  name: 'makeDataDisk',
  skip: noDataDisk,
  target: ({ guest }) => placeOf(guest).ncId,
  params: (ctx): JobParams<'makeDataDisk'> => ({ insId: ctx.guest.instance.id, sizeBytes: dataBytesOf(ctx.row), removable: firstPlaced(ctx) }),
  undo: 'remote',
  deadlineMs: 120_000,
  retry: { attempts: 4, backoffMs: 500 },
});

/** Without room for the larger one the claim stays what it was: what a job has done before it fails is not taken back by itself. */
export async function claimData(tx: Tx, { row, guest }: OfOwner): Promise<void> {
  const { ncId } = placeOf(guest);
  const [before, diskBytes] = [await tx.ledger.claimOf(row.id, 'data'), dataBytesOf(row)];
  if (before && before.diskBytes >= diskBytes) return;
  const claim = (bytes: number): Promise<boolean> => tx.ledger.claim(row.id, 'data', ncId, { cpus: 0, memoryMiB: 0, diskBytes: bytes });
  await tx.ledger.release(row.id, 'data');
  if (await claim(diskBytes)) return;
  if (before) await claim(before.diskBytes);
  throw new CloudError('NO_CAPACITY', say('noRoomForData', { node: guest.nc?.name ?? ncId, size: diskBytes }), { retryable: false });
}
