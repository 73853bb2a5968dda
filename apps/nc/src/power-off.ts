// Switches the host off by the command of its administrator, and by itself when nobody has worked here for long enough.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Logger } from '@educloud/log';

/** Resolves when the command has ended well, or still runs after a while. @throws it cannot be started, or says no */
export function runPowerOff([program = '', ...args]: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    const timer = setTimeout(resolve, 5_000);
    child.once('error', (e) => { clearTimeout(timer); reject(e); });
    child.once('exit', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code}`));
    });
    child.unref();
  });
}

/** Which start of this host it is, as the kernel names it. */
export const bootId = async (): Promise<string> => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();

export interface IdleOffDeps {
  /** 0 = never. */
  minutes: number;
  /** Does anything go on here? */
  idle(): boolean;
  monotonic(): number;
  powerOff(): Promise<void>;
  log: Pick<Logger, 'warn'>;
}

/** One look; called every half minute. Also the time since the start counts: a host that was just switched on is not switched off. */
export function createIdleOff(deps: IdleOffDeps): { look(): Promise<void> } {
  let since = deps.monotonic();
  return {
    async look() {
      if (deps.minutes <= 0) return;
      if (!deps.idle()) since = deps.monotonic();
      if (deps.monotonic() - since < deps.minutes * 60_000) return;
      since = deps.monotonic(); // should it not work, the next try waits as long
      deps.log.warn({ minutes: deps.minutes }, 'nobody has worked here for long: this host switches itself off');
      await deps.powerOff().catch((e: unknown) => deps.log.warn({ err: e }, 'this host could not be switched off'));
    },
  };
}
