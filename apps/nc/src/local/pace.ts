// Images that nobody waits for come slowly, and stop coming while somebody works; what somebody waits for comes as fast as it can.
// Between the image cache and the copy driver: the cache fetches each version once, whoever asks.
import { versionName, type VersionKey } from '@educloud/images';

export interface Pace {
  /** For one fetch; to be ended with it. */
  of(image: VersionKey, signal: AbortSignal): { signal: AbortSignal; pace: (bytes: number) => Promise<void> | undefined; end(): void };
  /** From now on, also for a fetch that runs. */
  slow(image: VersionKey): void;
  fast(image: VersionKey): void;
  /** Fetches that are slow end; what came of them stays for the next time. */
  halt(): void;
}

export function createPace(options: { bytesPerSecond: number; monotonic?: () => number }): Pace {
  const { bytesPerSecond, monotonic = () => performance.now() } = options;
  const slow = new Set<string>();
  const running = new Map<string, AbortController>();
  /** All slow ones share the line. */
  let nextAt = 0;

  const wait = (ms: number, signal: AbortSignal): Promise<void> => new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void { clearTimeout(timer); signal.removeEventListener('abort', done); resolve(); }
    signal.addEventListener('abort', done, { once: true });
  });

  return {
    of(image, signal) {
      const name = versionName(image);
      const controller = new AbortController();
      running.set(name, controller);
      const all = AbortSignal.any([signal, controller.signal]);
      return {
        signal: all,
        pace(bytes) {
          if (!slow.has(name)) return undefined;
          const at = monotonic();
          nextAt = Math.max(at, nextAt) + (1000 * bytes) / bytesPerSecond;
          return nextAt - at > 1 ? wait(nextAt - at, all) : undefined;
        },
        end: () => void (running.get(name) === controller && running.delete(name)),
      };
    },
    slow: (image) => void slow.add(versionName(image)),
    fast: (image) => void slow.delete(versionName(image)),
    halt() {
      for (const [name, controller] of running) if (slow.has(name)) controller.abort(new Error('somebody uses this host now'));
    },
  };
}
