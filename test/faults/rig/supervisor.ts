// Starts a daemon again that ended by itself, as systemd would, and remembers it: a daemon has no business ending.
import { setTimeout as pause } from 'node:timers/promises';
import type { DaemonName } from '../../../tools/cloud/layout.ts';
import { pidOf } from '../../../tools/cloud/process.ts';
import type { Cloud } from '../../../tools/cloud/start.ts';

/** RestartSec of the units in deploy/. */
const RESTART_MS = 2_000;
const LOOK_MS = 250;

export interface Supervisor {
  /** A fault ends this daemon and starts it itself. */
  leaveAlone(name: DaemonName): void;
  watchAgain(name: DaemonName): void;
  /** Daemons that ended without having been killed. */
  ended(): ReadonlyArray<{ at: number; name: DaemonName }>;
  close(): void;
}

export function superviseDaemons({ cloud, names, say }: { cloud: Cloud; names: readonly DaemonName[]; say(text: string): void }): Supervisor {
  const alone = new Set<DaemonName>();
  const ended: Array<{ at: number; name: DaemonName }> = [];
  let closed = false;
  void (async () => {
    while (!closed) {
      await pause(LOOK_MS, undefined, { ref: false });
      for (const name of names) {
        if (closed || alone.has(name) || (await pidOf(cloud.layout, name)) !== null || alone.has(name)) continue;
        ended.push({ at: Date.now(), name });
        say(`${name} ended by itself; see ${cloud.layout.log(name)}`);
        alone.add(name);
        void pause(RESTART_MS, undefined, { ref: false }).then(async () => {
          if (closed) return;
          await cloud.start(name);
          alone.delete(name);
        });
      }
    }
  })();
  return {
    leaveAlone: (name) => void alone.add(name),
    watchAgain: (name) => void alone.delete(name),
    ended: () => ended,
    close: () => { closed = true; },
  };
}
