// Group commit for SQLite in WAL mode: a commit only writes to the log, and one fdatasync in a thread makes all commits before it last.
// libs/database and the executor's journal wait here before they answer, so nothing is promised that a power cut could take back.
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface WalSync {
  /** Resolves when everything that was committed before this call is on the disk. Asked by many at once, the disk is asked once. @throws what the disk said, and from then on always */
  synced(): Promise<void>;
  /** For readers: what they saw may have been committed a moment ago. Resolves at once when nobody waits for the disk. */
  settled(): Promise<void>;
  /** What waits ends first. */
  close(): Promise<void>;
}

interface Waiting { promise: Promise<void>; resolve(): void; reject(e: unknown): void }

const NOTHING = Promise.resolve();

function newWaiting(): Waiting {
  let resolve = (): void => undefined;
  let reject: (e: unknown) => void = () => undefined;
  const promise = new Promise<void>((ok, bad) => { [resolve, reject] = [ok, bad]; });
  promise.catch(() => undefined); // whoever asked hears it; a reader may have gone
  return { promise, resolve, reject };
}

/**
 * The connection must be in WAL mode with `synchronous = NORMAL`: then SQLite itself syncs around checkpoints, as with FULL, and only the
 * sync per commit is left to us. The log keeps its inode as long as the connection is open.
 * @param databasePath of the database file; its log is beside it
 */
export function createWalSync(databasePath: string, sync: (file: FileHandle) => Promise<void> = (file) => file.datasync()): WalSync {
  let file: FileHandle | null = null;
  let next: Waiting | null = null;
  let running: Waiting | null = null;
  /** After a failed sync the kernel counts the lost pages as clean: a later one would succeed and prove nothing. Only opening the database anew tells what is there. */
  let broken: Promise<never> | null = null;

  async function logFile(): Promise<FileHandle> {
    if (file) return file;
    file = await open(`${databasePath}-wal`, 'r');
    // A new log lasts only when its folder was written.
    const folder = await open(dirname(databasePath), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return file;
  }

  async function work(): Promise<void> {
    while (next) {
      running = next;
      next = null;
      try {
        await sync(await logFile());
        running.resolve();
      } catch (e) {
        broken = Promise.reject(new Error('the disk refused a commit; the process has to be started again', { cause: e }));
        broken.catch(() => undefined);
        running.reject(e);
        (next as Waiting | null)?.reject(e);
        next = null;
      }
    }
    running = null;
  }

  return {
    synced() {
      if (broken) return broken;
      const mine = (next ??= newWaiting());
      if (!running) void work();
      return mine.promise;
    },
    settled: () => broken ?? (next ?? running)?.promise ?? NOTHING,
    async close() {
      while (next ?? running) await (next ?? running)?.promise.catch(() => undefined);
      await file?.close();
      file = null;
    },
  };
}
