// The last steps of every file we make: on disk for sure, then under its name; and its hash. Used by both disk tools.
import { CloudError } from '@educloud/errors';
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';

const HASH_BLOCK = 1024 * 1024; // larger reads gain nothing

export async function fsyncPath(target: string): Promise<void> {
  const handle = await fs.open(target, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** fsync, rename, fsync of the folder: after a power cut there is the whole file or none. */
export async function publishFile(part: string, target: string): Promise<void> {
  await fsyncPath(part);
  await fs.rename(part, target);
  await fsyncPath(path.dirname(target));
}

export async function sha256File(file: string, signal: AbortSignal, onBytes: (done: number, total: number) => void): Promise<{ sha256: string; sizeBytes: number }> {
  const handle = await fs.open(file, 'r');
  try {
    const { size } = await handle.stat();
    const hash = createHash('sha256');
    const block = Buffer.allocUnsafe(HASH_BLOCK);
    let done = 0;
    for (;;) {
      if (signal.aborted) throw new CloudError('CANCELLED', 'hashing the disk was cancelled');
      const { bytesRead } = await handle.read(block, 0, HASH_BLOCK, null);
      if (bytesRead === 0) break;
      hash.update(block.subarray(0, bytesRead));
      done += bytesRead;
      onBytes(done, size);
    }
    return { sha256: hash.digest('hex'), sizeBytes: done };
  } finally {
    await handle.close();
  }
}
