// Finds and starts the worker's file: the source under tsx, `libvirt-worker.js` beside the bundle in a production build.
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { WorkerStart } from './protocol.ts';

/** Names the worker entry for a module at `moduleUrl`. */
export const workerFile = (moduleUrl: string): URL => new URL(moduleUrl.endsWith('.ts') ? './worker.ts' : './libvirt-worker.js', moduleUrl);

export function startWorker(start: WorkerStart): Worker {
  const file = workerFile(import.meta.url);
  const options: WorkerOptions = { workerData: start, name: `libvirt-${start.role}` };
  if (!file.pathname.endsWith('.ts')) {
    // Small heaps keep the daemon small: a worker holds one request at a time.
    return new Worker(file, { ...options, resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 } });
  }
  // On Node 20 tsx does not compile the entry of a worker, only what is imported after its hooks were registered in that thread.
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  return new Worker(`import(${tsx}).then((tsx) => { tsx.register(); return import(${JSON.stringify(file.href)}); });`, { ...options, eval: true, execArgv: [] });
}
