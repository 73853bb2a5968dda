// Entry of every worker thread of this binding (bundled as libvirt-worker.js beside the daemons).
import { parentPort, workerData } from 'node:worker_threads';
import { runCallWorker } from './call-worker.ts';
import { runEventWorker } from './event-worker.ts';
import type { WorkerStart } from './protocol.ts';

const start = workerData as WorkerStart;
if (!parentPort) throw new Error('libvirt worker started outside of a worker thread');
if (start.role === 'events') runEventWorker(parentPort);
else runCallWorker(parentPort, start.uri);
