// Finds and starts the worker's file: the source under tsx, `libvirt-worker.js` beside the bundle in a production build.
import { Worker } from 'node:worker_threads';
import type { WorkerStart } from './protocol.ts';

/** Names the worker entry for a module at `moduleUrl`. */
export const workerFile = (moduleUrl: string): URL => new URL(moduleUrl.endsWith('.ts') ? './worker.ts' : './libvirt-worker.js', moduleUrl);

export function startWorker(start: WorkerStart): Worker {
  const file = workerFile(import.meta.url);
  const source = file.pathname.endsWith('.ts');
  return new Worker(file, {
    workerData: start,
    name: `libvirt-${start.role}`,
    // Small heaps keep the daemon small; the compiler that runs the sources in development needs more.
    resourceLimits: source ? { maxOldGenerationSizeMb: 96 } : { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });
}
