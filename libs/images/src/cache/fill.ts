// One running fill of one version, shared by all who ask for it. Used by the image cache.
import { cancelled } from '../hash.ts';
import type { GrowingFill } from '../transfer/growing.ts';

export type Progress = (done: number, total: number) => void;

export interface Fill {
  readonly growing: GrowingFill;
  readonly signal: AbortSignal;
  readonly done: Promise<void>;
  /** Bytes that are still to come. */
  remaining(): number;
  waiters(): number;
  /** Waits for the end; a waiter whose own signal fires leaves alone. */
  join(signal: AbortSignal, onProgress?: Progress): Promise<void>;
  abort(reason: Error): void;
}

export function startFill(growing: GrowingFill, sizeBytes: number, run: (signal: AbortSignal, onProgress: Progress) => Promise<void>, onWaiterLeft: () => void): Fill {
  const controller = new AbortController();
  const listeners = new Set<Progress>();
  let waiting = 0;
  let doneBytes = 0;
  const done = run(controller.signal, (bytes, total) => {
    doneBytes = bytes;
    for (const tell of listeners) tell(bytes, total);
  }).then(() => growing.complete(), (e: unknown) => { growing.fail(e); throw e; });
  done.catch(() => undefined); // those who wait hear it; a fill that runs ahead has nobody waiting

  return {
    growing, done,
    signal: controller.signal,
    remaining: () => sizeBytes - Math.max(growing.available(), Math.min(doneBytes, sizeBytes)),
    waiters: () => waiting,
    abort: (reason) => controller.abort(reason),
    async join(signal, onProgress) {
      if (signal.aborted) {
        onWaiterLeft(); // it may be the only one who asked
        throw cancelled('waiting for the image', signal);
      }
      waiting += 1;
      if (onProgress) { listeners.add(onProgress); onProgress(doneBytes, sizeBytes); }
      let gone = (): void => undefined;
      try {
        await Promise.race([done, new Promise<never>((_, reject) => {
          gone = (): void => reject(cancelled('waiting for the image', signal));
          signal.addEventListener('abort', gone, { once: true });
        })]);
      } finally {
        signal.removeEventListener('abort', gone);
        waiting -= 1;
        if (onProgress) listeners.delete(onProgress);
        onWaiterLeft();
      }
    },
  };
}
