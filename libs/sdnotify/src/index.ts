// Tells systemd how the daemon is: READY=1, WATCHDOG=1, STOPPING=1, STATUS=…. The mains of the daemons hand it to runDaemon as `notify`.
// Node has no datagram sockets of the unix kind, so libsystemd does it; it is loaded only under systemd.
import { createRequire } from 'node:module';

/** One state per call, as in sd_notify(3). Never throws: not being able to report is no reason to stop. */
export type Notify = (state: string) => void;

export interface NotifierOptions {
  /** $NOTIFY_SOCKET; without it there is nobody to tell and the library is not touched. */
  socket: string | undefined;
  /** Once, when libsystemd cannot be loaded or refuses. */
  onTrouble?(message: string): void;
}

/**
 * @returns undefined when the process was not started by systemd with Type=notify.
 * sd_notify reads $NOTIFY_SOCKET itself: `socket` must be that of this process.
 */
export function createNotifier({ socket, onTrouble }: NotifierOptions): Notify | undefined {
  if (!socket) return undefined;
  let told = false;
  const trouble = (message: string): void => {
    if (!told) onTrouble?.(message);
    told = true;
  };
  let send: (unsetEnvironment: number, state: string) => number;
  try {
    // Not imported: the native binding costs memory, and without systemd nobody needs it.
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    send = koffi.load('libsystemd.so.0').func('int sd_notify(int unset_environment, const char *state)') as typeof send;
  } catch (e) {
    trouble(`libsystemd cannot be loaded, systemd will not hear from this daemon: ${e instanceof Error ? e.message : String(e)}`);
    return undefined;
  }
  return (state) => {
    const result = send(0, state);
    if (result < 0) trouble(`sd_notify failed with errno ${-result}`);
  };
}
