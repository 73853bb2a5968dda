// Begins and follows batches until all their members have ended. Level-triggered: it knows only rows, so that whoever leads next goes on from
// wherever this one was killed. The leader runs it.
import { asCloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { beginSome, type BeginDeps } from './begin.ts';
import { settle } from './settle.ts';

export interface BatchWorkDeps extends BeginDeps {
  log: Logger;
  /** `batch:some`: some have begun, perhaps not all. */
  failpoint?(name: string): void;
}

export interface BatchWork {
  /** There may be a new one. */
  look(): void;
  close(): Promise<void>;
}

/** Looks anyway, also for what another controller has taken. */
const EVERY_MS = 1_000;
/** Between two looks at how far they are, while things happen. */
const PAUSE_MS = 100;

export function startBatchWork(deps: BatchWorkDeps): BatchWork {
  const { store, log, now } = deps;
  let closed = false;
  let busy: Promise<void> | null = null;
  let again = false;
  let some = true;
  let pause: NodeJS.Timeout | null = null;

  async function round(): Promise<void> {
    const ids = await store.read.batches.runningBatches();
    some = ids.length > 0;
    for (const id of ids) {
      const goOn = (work: () => Promise<unknown>): Promise<unknown> => work().catch((e: unknown) => void (closed || log.warn({ err: asCloudError(e, 'following a batch'), batch: id }, 'a batch could not go on; it is looked at again')));
      await goOn(async () => { while (!closed && (await beginSome(deps, id))) deps.failpoint?.('batch:some'); });
      // Those that have begun end also when others cannot begin.
      if (!closed) await goOn(() => settle(store, id, now));
    }
  }
  function look(): void {
    if (closed) return;
    again = true;
    busy ??= (async () => {
      while (again && !closed) {
        again = false;
        await round();
      }
    })().catch((e: unknown) => void (closed || log.warn({ err: asCloudError(e) }, 'batches could not be looked at; it is done again'))).finally(() => {
      busy = null;
      if (again) look(); // asked for after the last look
    });
  }
  // Something happened to somebody: perhaps to one of ours.
  const stop = store.onEvents(() => {
    if (!some || closed) return;
    pause ??= setTimeout(() => { pause = null; look(); }, PAUSE_MS);
  });
  const timer = setInterval(look, EVERY_MS);
  timer.unref();
  look();
  return {
    look,
    async close() {
      closed = true;
      stop();
      clearInterval(timer);
      if (pause) clearTimeout(pause);
      await busy;
    },
  };
}
