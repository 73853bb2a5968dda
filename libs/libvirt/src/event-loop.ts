// The process's one libvirt event loop, seen from the main thread: started with the first watch, ended with the last.
// Kept on globalThis on purpose: libvirt allows one event loop per process, also when this module should be loaded twice.
import { CloudError } from '@educloud/errors';
import type { Worker } from 'node:worker_threads';
import type { WatchNotice, WatchRequest } from './protocol.ts';
import { startWorker } from './worker-file.ts';

export interface WatchHandlers {
  notice(notice: WatchNotice): void;
  /** The loop itself ended: libvirt cannot be loaded, or the thread died. */
  ended(error: CloudError): void;
}

interface Loop {
  worker: Worker;
  ready: Promise<void>;
  exited: Promise<void>;
  watches: Map<number, WatchHandlers>;
}
interface Shared {
  loop: Loop | null;
  nextWatch: number;
}
const KEY = Symbol.for('educloud.libvirt.event-loop');
const shared = ((globalThis as { [KEY]?: Shared })[KEY] ??= { loop: null, nextWatch: 1 });

function startLoop(): Loop {
  const worker = startWorker({ role: 'events' });
  const watches = new Map<number, WatchHandlers>();
  let readyNow!: () => void;
  let failed!: (e: CloudError) => void;
  const ready = new Promise<void>((resolve, reject) => {
    readyNow = resolve;
    failed = reject;
  });
  ready.catch(() => undefined);
  const end = (error: CloudError): void => {
    failed(error);
    if (shared.loop === started) shared.loop = null;
    for (const w of watches.values()) w.ended(error);
    watches.clear();
  };
  const exited = new Promise<void>((resolve) => worker.once('exit', () => {
    end(new CloudError('HYPERVISOR_UNAVAILABLE', 'the libvirt event thread ended'));
    resolve();
  }));
  worker.on('error', (e) => end(new CloudError('HYPERVISOR_UNAVAILABLE', `libvirt cannot be used: ${e.message}`, { cause: e })));
  worker.on('message', (notice: WatchNotice) => {
    if (notice.kind === 'ready') readyNow();
    else watches.get(notice.watch)?.notice(notice);
  });
  const started: Loop = { worker, ready, exited, watches };
  return started;
}

/** Watches one connection: lifecycle events, loss and return of the daemon. Resolves when the loop runs (not when it is connected). */
export async function watchConnection(uri: string, handlers: WatchHandlers): Promise<{ unwatch(): Promise<void> }> {
  const current = (shared.loop ??= startLoop());
  const id = shared.nextWatch++;
  current.watches.set(id, handlers);
  const post = (request: WatchRequest): void => current.worker.postMessage(request);
  try {
    await current.ready;
  } catch (e) {
    current.watches.delete(id);
    throw e;
  }
  post({ watch: id, uri });
  return {
    async unwatch() {
      if (!current.watches.delete(id)) return;
      if (current.watches.size > 0) return post({ unwatch: id });
      post({ quit: true });
      if (shared.loop === current) shared.loop = null;
      await current.exited;
    },
  };
}
