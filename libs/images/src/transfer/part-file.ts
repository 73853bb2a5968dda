// A file that is being received: appended to in writes of 1 MiB, hashed on the way. Used by downloads and uploads.
import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { addFileToHash, CHUNK_BYTES } from '../hash.ts';
import { removeFile } from '../durable.ts';

/** Bytes after which write-back is started, so that the last fsync has little left to do. */
const SYNC_EVERY_BYTES = 64 * CHUNK_BYTES;
/** Not on a line that is about as fast as the disk: there it only holds up the writes (measured: 8 s instead of 3.4 s per GiB). */
const SYNC_BELOW_BYTES_PER_MS = (250 * CHUNK_BYTES) / 1000;
/** On a slow line bytes go to the file at least this often, so that a reader behind us is not kept waiting. */
const FLUSH_AFTER_MS = 200;

export interface PartFile {
  /** Bytes that are in the file (not those still on their way into it). */
  sizeBytes(): number;
  append(chunk: Buffer): Promise<void> | undefined;
  flush(): Promise<void>;
  /** Throws away what is there. */
  restart(): Promise<void>;
  /** Flush, fsync, and the sha256 of everything. The part stays open for nothing more. */
  finish(): Promise<string>;
  close(): Promise<void>;
}

export const partPath = (path: string): string => `${path}.part`;
export const discardPart = (path: string): Promise<boolean> => removeFile(partPath(path));

/** Opens or makes the part; what is there already is hashed first. `maxBytes`: a longer part is thrown away. */
export async function openPart(part: string, options: { maxBytes: number; signal?: AbortSignal; onWritten?: (sizeBytes: number) => void; now?: () => number }): Promise<PartFile> {
  const { onWritten, now = Date.now } = options;
  const file: FileHandle = await open(part, 'a+', 0o600).then(async (made) => { await made.close(); return open(part, 'r+'); });
  let hash: Hash = createHash('sha256');
  let written = 0;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let inFlight: Promise<void> = Promise.resolve();
  let syncing: Promise<unknown> | null = null;
  let syncedAt = 0;
  let syncedTime = now();
  let flushedAt = now();
  let failure: Error | null = null;

  try {
    const size = (await file.stat()).size;
    if (size > options.maxBytes) await file.truncate(0);
    else if (size > 0) {
      written = await addFileToHash(hash, part, size, options.signal ? { signal: options.signal } : {});
      onWritten?.(written);
    }
  } catch (e) {
    await file.close();
    throw e;
  }

  async function write(chunks: Buffer[], bytes: number, at: number): Promise<void> {
    let { bytesWritten } = await file.writev(chunks, at);
    while (bytesWritten < bytes) { // a short write: a nearly full disk does that before ENOSPC
      const rest = Buffer.concat(chunks).subarray(bytesWritten);
      bytesWritten += (await file.write(rest, 0, rest.length, at + bytesWritten)).bytesWritten;
    }
    written = at + bytes;
    onWritten?.(written);
    if (written - syncedAt >= SYNC_EVERY_BYTES && !syncing) {
      const rate = (written - syncedAt) / Math.max(1, now() - syncedTime);
      syncedAt = written;
      syncedTime = now();
      if (rate < SYNC_BELOW_BYTES_PER_MS) syncing = file.datasync().catch(() => undefined).finally(() => { syncing = null; });
    }
  }

  /** One write under way, one being collected. */
  function push(): Promise<void> {
    const chunks = pending;
    const bytes = pendingBytes;
    pending = [];
    pendingBytes = 0;
    flushedAt = now();
    const previous = inFlight;
    inFlight = previous.then(() => (bytes > 0 ? write(chunks, bytes, written) : undefined));
    inFlight.catch((e: unknown) => { failure ??= e as Error; });
    return previous;
  }

  async function flush(): Promise<void> {
    void push().catch(() => undefined);
    await inFlight;
    if (failure) throw failure;
  }

  return {
    sizeBytes: () => written,
    append(chunk) {
      if (failure) return Promise.reject(failure);
      hash.update(chunk);
      pending.push(chunk);
      pendingBytes += chunk.length;
      return pendingBytes >= CHUNK_BYTES || now() - flushedAt >= FLUSH_AFTER_MS ? push() : undefined;
    },
    flush,
    async restart() {
      await flush();
      await file.truncate(0);
      hash = createHash('sha256');
      written = 0;
      syncedAt = 0;
      onWritten?.(0);
    },
    async finish() {
      await flush();
      await syncing;
      await file.sync();
      return hash.digest('hex');
    },
    async close() {
      await inFlight.catch(() => undefined);
      await syncing;
      await file.close();
    },
  };
}
