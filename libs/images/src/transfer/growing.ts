// A file that is still being filled and may be read already (cut-through). The filler grows it, readers wait for bytes.
import { open, type FileHandle } from 'node:fs/promises';
import { say, type Said } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { hasErrno } from '../durable.ts';
import { partPath } from './part-file.ts';

/** For its readers. */
export interface GrowingFile {
  /** Bytes that can be read now. */
  available(): number;
  /** Resolves when more than `offset` bytes are there. @throws TRANSFER_FAILED when the fill failed or began again, or the signal fired. */
  waitBeyond(offset: number, signal: AbortSignal): Promise<void>;
  open(): Promise<FileHandle>;
}

export interface GrowingFill extends GrowingFile {
  grow(sizeBytes: number): void;
  complete(): void;
  fail(cause: unknown): void;
}

export function createGrowing(path: string, sizeBytes: number): GrowingFill {
  let length = 0;
  let failure: CloudError | null = null;
  const waiters = new Set<{ beyond: number; wake: (error?: CloudError) => void }>();
  const broken = (why: string | Said, cause?: unknown): CloudError => new CloudError('TRANSFER_FAILED', why, cause === undefined ? {} : { cause });
  const wakeAll = (error: CloudError): void => { for (const waiter of [...waiters]) waiter.wake(error); };

  return {
    available: () => length,
    grow(now) {
      // The source gave other bytes and the fill began again: what readers have got is worthless.
      if (now < length) wakeAll(broken('the fill began again'));
      length = now;
      for (const waiter of [...waiters]) if (length > waiter.beyond) waiter.wake();
    },
    complete() { this.grow(sizeBytes); },
    fail(cause) {
      failure = broken(say('fillFailed'), cause);
      wakeAll(failure);
    },
    waitBeyond(offset, signal) {
      if (length > offset) return Promise.resolve();
      if (failure) return Promise.reject(failure);
      if (signal.aborted) return Promise.reject(broken('the reader went away'));
      return new Promise((resolve, reject) => {
        const gone = (): void => waiter.wake(broken('the reader went away'));
        const waiter = {
          beyond: offset,
          wake(error?: CloudError): void {
            waiters.delete(waiter);
            signal.removeEventListener('abort', gone);
            if (error) reject(error); else resolve();
          },
        };
        waiters.add(waiter);
        signal.addEventListener('abort', gone, { once: true });
      });
    },
    /** The part may get its final name between the look and the open. */
    async open() {
      try { return await open(partPath(path), 'r'); } catch (e) {
        if (!hasErrno(e, 'ENOENT')) throw e;
        return open(path, 'r');
      }
    },
  };
}
