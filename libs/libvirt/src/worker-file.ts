// Finds and starts the worker's file: the source under tsx, `libvirt-worker.js` beside the bundle in a production build.
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { WorkerStart } from './protocol.ts';

/** Names the worker entry for a module at `moduleUrl`. */
export const workerFile = (moduleUrl: string): URL => new URL(moduleUrl.endsWith('.ts') ? './worker-under-tsx.mjs' : './libvirt-worker.js', moduleUrl);

export function startWorker(start: WorkerStart): Worker {
  const file = workerFile(import.meta.url);
  const options: WorkerOptions = { workerData: start, name: `libvirt-${start.role}`, execArgv: [] };
  // Small heaps keep the daemon small: a worker holds one request at a time. The compiler in development needs more.
  return new Worker(file, file.pathname.endsWith('.mjs') ? options : { ...options, resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 } });
}
