// A file that is being received: appended to in writes of 1 MiB, hashed on the way. Used by downloads and uploads.
import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { addFileToHash, cancelled, CHUNK_BYTES } from '../hash.ts';
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
  /** Takes the bytes. Returns a promise when as much waits for the disk as may: the caller goes on reading when it resolves. @throws what a write failed with */
  append(chunk: Buffer): Promise<void> | undefined;
  /** Resolves when everything that was appended is in the file. */
  flush(): Promise<void>;
  /** Throws away what is there. */
  restart(): Promise<void>;
  /** Flush, fsync, and the sha256 of everything. The part stays open for nothing more. */
  finish(): Promise<string>;
  /** What was appended and not flushed may be lost; what `sizeBytes` counts is in the file. */
  close(): Promise<void>;
}

export interface PartOptions {
  /** A longer part is thrown away. */
  maxBytes: number;
  /** Once it has fired nothing more is written: appends and flushes fail with CANCELLED. */
  signal?: AbortSignal;
  /** After each write; what it counts may be read from the file. */
  onWritten?: (sizeBytes: number) => void;
  /**
   * Writes (of about 1 MiB) that may wait while the disk is busy with something else, e.g. with its own write-back: a full line does not
   * give back what it could not deliver meanwhile. Memory, per part. Default 1.
   */
  aheadWrites?: number;
  now?: () => number;
  openFile?: typeof open;
}

interface Write {
  chunks: Buffer[];
  bytes: number;
}

/** Where the bytes of a file are before they are all there and right. */
export const partPath = (path: string): string => `${path}.part`;
export const discardPart = (path: string): Promise<boolean> => removeFile(partPath(path));

/** Opens or makes the part; what is there already is hashed first. */
export async function openPart(part: string, options: PartOptions): Promise<PartFile> {
  const { onWritten, signal, aheadWrites = 1, now = Date.now, openFile = open } = options;
  const file: FileHandle = await openFile(part, 'a+', 0o600).then(async (made) => { await made.close(); return openFile(part, 'r+'); });
  let hash: Hash = createHash('sha256');
  let written = 0;
  let collected: Write = { chunks: [], bytes: 0 };
  /** The first is being written. */
  const waiting: Array<Promise<void>> = [];
  let last: Promise<void> = Promise.resolve();
  let syncing: Promise<unknown> | null = null;
  let syncedAt = 0;
  let syncedTime = now();
  let collectedSince = now();
  let failure: Error | null = null;

  try {
    const size = (await file.stat()).size;
    if (size > options.maxBytes) await file.truncate(0);
    else if (size > 0) {
      written = await addFileToHash(hash, part, size, signal ? { signal } : {});
      onWritten?.(written);
    }
  } catch (e) {
    await file.close();
    throw e;
  }

  async function write({ chunks, bytes }: Write): Promise<void> {
    if (failure) throw failure;
    if (signal?.aborted) throw cancelled('writing', signal);
    const at = written;
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

  /** What was collected goes into the row, behind the writes that wait already. */
  function push(): void {
    const next = collected;
    collected = { chunks: [], bytes: 0 };
    collectedSince = now();
    if (next.bytes === 0) return;
    last = last.then(() => write(next)).finally(() => void waiting.shift());
    last.catch((e: unknown) => { failure ??= e as Error; });
    waiting.push(last);
  }

  async function flush(): Promise<void> {
    push();
    await last.catch(() => undefined);
    if (failure) throw failure;
  }

  return {
    sizeBytes: () => written,
    append(chunk) {
      if (failure) return Promise.reject(failure);
      hash.update(chunk);
      collected.chunks.push(chunk);
      collected.bytes += chunk.length;
      if (collected.bytes >= CHUNK_BYTES || now() - collectedSince >= FLUSH_AFTER_MS) push();
      return waiting.length > aheadWrites ? waiting[0] : undefined;
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
      failure ??= new Error('the part is closed');
      await last.catch(() => undefined);
      await syncing;
      await file.close();
    },
  };
}
