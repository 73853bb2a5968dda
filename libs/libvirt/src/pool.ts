// A few worker threads that make the calls. The main thread only posts messages; a call that hangs costs its worker, never the daemon.
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { Worker } from 'node:worker_threads';
import type { CallArguments, CallName, CallResult } from './calls.ts';
import { toCloudError } from './errors.ts';
import type { CallReply, CallRequest } from './protocol.ts';
import { startWorker } from './worker-file.ts';

/** Threads that hang in libvirt and were given up. Above this nothing new is started until some return: it would only hang as well. */
const MAX_STUCK = 8;

export interface CallOptions {
  /** For waiting for a free worker, and again for the call itself: a worker is only given up for its own call's time. */
  deadlineMs: number;
  /** Calls that wait for a guest never take the last free worker. */
  slow?: boolean;
  /** For the error's text, e.g. "define ins-1a2b3c4d". */
  doing: string;
}

export interface CallPool {
  call<N extends CallName>(name: N, args: CallArguments<N>, options: CallOptions): Promise<CallResult<N>>;
  stuck(): number;
  close(): Promise<void>;
}

interface Pending {
  request: CallRequest;
  slow: boolean;
  settle(result: { value: unknown } | { error: CloudError }): void;
  /** Starts the call's own time. */
  started(slot: Slot): void;
  doing: string;
}
interface Slot {
  worker: Worker;
  busy: Pending | null;
}

export function createCallPool({ uri, workers, log }: { uri: string; workers: number; log: Logger }): CallPool {
  const slots = new Set<Slot>();
  const ending = new Set<Promise<unknown>>();
  let queue: Pending[] = [];
  let stuck = 0;
  let nextId = 1;
  let closed = false;

  function startSlot(): void {
    const slot: Slot = { worker: startWorker({ role: 'calls', uri }), busy: null };
    slots.add(slot);
    slot.worker.on('message', (reply: CallReply) => {
      const done = slot.busy;
      if (done?.request.id !== reply.id) return;
      slot.busy = null;
      done.settle(reply.ok ? { value: reply.value } : { error: toCloudError(reply.error, reply.connection, done.doing) });
      dispatch();
    });
    slot.worker.on('error', (e) => {
      log.error({ err: e }, 'a libvirt worker died');
      retire(slot, new CloudError('HYPERVISOR_UNAVAILABLE', `libvirt cannot be used: ${e.message}`, { cause: e }));
    });
    slot.worker.once('exit', () => retire(slot, new CloudError('HYPERVISOR_UNAVAILABLE', 'the libvirt worker ended')));
  }

  /** Takes a slot out of use; its thread ends as soon as C code gives it back. */
  function retire(slot: Slot, error: CloudError): void {
    if (!slots.delete(slot)) return;
    const victim = slot.busy;
    slot.busy = null;
    if (victim) stuck += 1;
    const gone = slot.worker.terminate().finally(() => {
      ending.delete(gone);
      if (victim) stuck -= 1;
      if (!closed) dispatch();
    });
    ending.add(gone);
    victim?.settle({ error });
    if (!closed) dispatch();
  }

  function dispatch(): void {
    if (closed) return;
    while (queue.length > 0) {
      const idle = [...slots].find((s) => s.busy === null);
      if (!idle) {
        if (slots.size >= workers) return;
        if (stuck >= MAX_STUCK) {
          const refused = queue;
          queue = [];
          for (const p of refused) p.settle({ error: new CloudError('HYPERVISOR_UNAVAILABLE', `${p.doing}: ${stuck} earlier calls to libvirt still hang`) });
          return;
        }
        startSlot();
        continue;
      }
      const slowRunning = [...slots].filter((s) => s.busy?.slow).length;
      const index = queue.findIndex((p) => !p.slow || slowRunning < Math.max(1, workers - 1));
      if (index < 0) return;
      const [next] = queue.splice(index, 1);
      if (!next) return;
      idle.busy = next;
      next.started(idle);
      idle.worker.postMessage(next.request);
    }
  }

  return {
    call<N extends CallName>(name: N, args: CallArguments<N>, options: CallOptions) {
      return new Promise<CallResult<N>>((resolve, reject) => {
        if (closed) return reject(new CloudError('HYPERVISOR_UNAVAILABLE', `${options.doing}: the connection to libvirt is closed`));
        const late = (): CloudError => new CloudError('HYPERVISOR_UNAVAILABLE', `${options.doing}: libvirt did not answer within ${Math.round(options.deadlineMs / 100) / 10} s`);
        let timer = setTimeout(() => {
          queue = queue.filter((p) => p !== pending);
          pending.settle({ error: late() });
        }, options.deadlineMs);
        const pending: Pending = {
          request: { id: nextId++, call: name, args },
          slow: options.slow ?? false,
          doing: options.doing,
          started(slot) {
            clearTimeout(timer);
            timer = setTimeout(() => {
              log.warn({ call: name }, 'a libvirt call hangs; its worker is replaced');
              retire(slot, late());
            }, options.deadlineMs);
          },
          settle(result) {
            clearTimeout(timer);
            if ('error' in result) reject(result.error);
            else resolve(result.value as CallResult<N>);
          },
        };
        queue.push(pending);
        dispatch();
      });
    },
    stuck: () => stuck,
    async close() {
      closed = true;
      const waiting = queue;
      queue = [];
      for (const p of waiting) p.settle({ error: new CloudError('HYPERVISOR_UNAVAILABLE', `${p.doing}: the connection to libvirt is closed`) });
      for (const slot of [...slots]) retire(slot, new CloudError('HYPERVISOR_UNAVAILABLE', 'the connection to libvirt is closed'));
      // A thread inside a hanging C call cannot be ended from outside: do not wait for it for ever.
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([Promise.allSettled([...ending]), new Promise((r) => (timer = setTimeout(r, 3000)))]);
      clearTimeout(timer);
      if (ending.size > 0) log.warn({ threads: ending.size }, 'libvirt calls still hang; this process may have to be killed to end');
    },
  };
}
