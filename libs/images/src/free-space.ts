// Is there room? Asked before bytes move, and again when a write found none.
import { statfs } from 'node:fs/promises';
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';

/** Of the file system that holds `directory`; free is what is left for everybody but root. */
export async function diskSpace(directory: string): Promise<{ totalBytes: number; freeBytes: number }> {
  const stat = await statfs(directory);
  return { totalBytes: stat.blocks * stat.bsize, freeBytes: stat.bavail * stat.bsize };
}

export const freeBytes = async (directory: string): Promise<number> => (await diskSpace(directory)).freeBytes;

/** `where` is what a person reads: the daemon and the directory. */
export function diskFull(where: string, missingBytes: number, cause?: unknown): CloudError {
  const missing = Math.max(1, Math.ceil(missingBytes));
  return new CloudError('DISK_FULL', say('notEnoughSpace', { where, missing: Math.ceil(missing / 1024 ** 2) }), { data: { where, missingBytes: missing }, ...(cause === undefined ? {} : { cause }) });
}

/** @throws DISK_FULL {where, missingBytes} unless `needBytes` fit and `reserveBytes` stay free. */
export async function assertRoom(options: { directory: string; needBytes: number; reserveBytes: number; where: string }): Promise<void> {
  const missing = options.needBytes + options.reserveBytes - (await freeBytes(options.directory));
  if (missing > 0) throw diskFull(options.where, missing);
}
