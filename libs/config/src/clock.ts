// The clock of a daemon. Tests may put it forward or back while the daemon runs: the fault rig writes milliseconds into a file.
import { readFileSync } from 'node:fs';

const LOOK_AGAIN_MS = 250;

/** @param offsetFile empty: the clock of the host. Otherwise the number in the file is added to it; no file or no number: 0. */
export function daemonClock(offsetFile: string): () => number {
  if (offsetFile === '') return () => Date.now();
  let offsetMs = 0;
  let lookAt = -Infinity;
  return () => {
    // Asked many times a second; the file only now and then.
    if (performance.now() >= lookAt) {
      lookAt = performance.now() + LOOK_AGAIN_MS;
      offsetMs = offsetIn(offsetFile);
    }
    return Date.now() + offsetMs;
  };
}

function offsetIn(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').trim()) || 0;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw e;
  }
}
