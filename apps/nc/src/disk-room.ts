// How much room a node has: for writing now, and to be promised to instances in total. Asked for its facts; the CLC's ledger rests on it.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

export interface DiskRoom {
  totalBytes: number;
  /** May be written now, once the cache has given way. */
  freeBytes: number;
  /** With what the instances' own files have taken: their claims cover those at full size already. */
  claimableBytes: number;
}

export function diskRoom(disk: { totalBytes: number; freeBytes: number }, more: { reserveBytes: number; evictableBytes: number; instancesBytes: number }): DiskRoom {
  const freeBytes = Math.max(0, disk.freeBytes + more.evictableBytes - more.reserveBytes);
  return { totalBytes: disk.totalBytes, freeBytes, claimableBytes: freeBytes + more.instancesBytes };
}

/** What a folder of instances really takes on disk: overlays are sparse. What goes away meanwhile counts nothing. */
export async function takenBytes(instances: string): Promise<number> {
  const entries = await readdir(instances, { recursive: true, withFileTypes: true }).catch(() => []);
  const blocks = await Promise.all(entries.filter((e) => e.isFile()).map((e) => stat(path.join(e.parentPath, e.name)).then((s) => s.blocks, () => 0)));
  return blocks.reduce((sum, n) => sum + 512 * n, 0); // st_blocks counts 512 bytes, whatever the file system
}
