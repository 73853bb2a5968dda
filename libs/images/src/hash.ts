// sha256 of (a part of) a file, in reads of 1 MiB.
import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { CloudError } from '@educloud/errors';

export const CHUNK_BYTES = 1024 * 1024;

export const cancelled = (what: string, signal: AbortSignal): CloudError => new CloudError('CANCELLED', `${what} was cancelled`, { cause: signal.reason });

/** Adds the first `length` bytes of the file to `hash`; returns how many there were. */
export async function addFileToHash(hash: Hash, path: string, length: number, options: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {}): Promise<number> {
  const file = await open(path, 'r');
  try {
    // Two buffers: while one is hashed, the other is being filled.
    const buffers = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
    let done = 0;
    let turn = 0;
    const readNext = (from: number): Promise<{ bytesRead: number }> => file.read(buffers[turn++ % 2]!, 0, Math.max(0, Math.min(CHUNK_BYTES, length - from)), from);
    let next = readNext(0);
    while (done < length) {
      if (options.signal?.aborted) { await next; throw cancelled('hashing', options.signal); }
      const current = buffers[(turn - 1) % 2]!;
      const { bytesRead } = await next;
      if (bytesRead === 0) break;
      next = readNext(done + bytesRead);
      // A read that fails while we hash is reported by the await above, not as an unhandled rejection.
      next.catch(() => undefined);
      hash.update(current.subarray(0, bytesRead));
      done += bytesRead;
      options.onProgress?.(done, length);
    }
    await next.catch(() => undefined);
    return done;
  } finally { await file.close(); }
}

/** Lower-case hex. */
export async function hashFile(path: string, options: { sizeBytes: number; signal?: AbortSignal; onProgress?: (done: number, total: number) => void }): Promise<string> {
  const hash = createHash('sha256');
  await addFileToHash(hash, path, options.sizeBytes, options);
  return hash.digest('hex');
}
