// Room before and after writing big files, and DISK_FULL with what is missing. Used by both disk tools.
import { diskFull } from '@educloud/images';

/** Kept free beyond what a step needs: the guests' overlays grow on the same disk. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** Free bytes of the file system of a folder; `freeBytes` of libs/images, or what a test says. */
export interface FreeSpace {
  (dir: string): Promise<number>;
}

/** @throws DISK_FULL */
export async function requireSpace(dir: string, neededBytes: number, freeSpace: FreeSpace, where: string): Promise<void> {
  const missing = neededBytes + RESERVE_BYTES - (await freeSpace(dir));
  if (missing > 0) throw diskFull(where, missing);
}

/** After an ENOSPC in the middle: what is missing now that the partial file is gone; at least one MiB, because it did not fit. */
export async function missingAfterwards(dir: string, neededBytes: number, freeSpace: FreeSpace): Promise<number> {
  return Math.max(neededBytes + RESERVE_BYTES - (await freeSpace(dir)), 1_048_576);
}

export const isNoSpace = (e: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((e as { code?: string } | null)?.code ?? '');
