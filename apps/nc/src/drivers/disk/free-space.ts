// Free space before and after writing big files, and DISK_FULL with what is missing. Used by both disk tools.
import { CloudError } from '@educloud/errors';
import { promises as fs } from 'node:fs';

/** Kept free beyond what a step needs: the guests' overlays grow on the same disk. */
export const RESERVE_BYTES = 64 * 1024 * 1024;

export interface FreeSpace {
  (dir: string): Promise<number>;
}
export const statfsFreeSpace: FreeSpace = async (dir) => {
  const s = await fs.statfs(dir);
  return s.bavail * s.bsize;
};

const mib = (bytes: number): string => `${Math.ceil(bytes / 1_048_576)} MiB`;

export const diskFull = (where: string, missingBytes: number, cause?: unknown): CloudError =>
  new CloudError('DISK_FULL', `not enough space in ${where}: ${mib(missingBytes)} more are needed`, { data: { where, missingBytes }, ...(cause === undefined ? {} : { cause }) });

/** @throws DISK_FULL */
export async function requireSpace(dir: string, neededBytes: number, freeSpace: FreeSpace): Promise<void> {
  const missing = neededBytes + RESERVE_BYTES - (await freeSpace(dir));
  if (missing > 0) throw diskFull(dir, missing);
}

/** After an ENOSPC in the middle: what is missing now that the partial file is gone; at least one MiB, because it did not fit. */
export async function missingAfterwards(dir: string, neededBytes: number, freeSpace: FreeSpace): Promise<number> {
  return Math.max(neededBytes + RESERVE_BYTES - (await freeSpace(dir)), 1_048_576);
}

export const isNoSpace = (e: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((e as { code?: string } | null)?.code ?? '');
