// The network drivers of a cluster controller at work inside a network namespace.
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Dhcp } from '../../../apps/cc/src/drivers/dhcp/interface.ts';
import type { Forwarding, ForwardingOutcome } from '../../../apps/cc/src/drivers/forwarding/interface.ts';
import type { HostView } from '../../../apps/cc/src/network/host.ts';
import type { Place } from './lay.ts';

export interface DriversThere {
  forwarding: Forwarding;
  dhcp: Dhcp;
  host(): Promise<HostView>;
  /** How long the last apply took, inside the process. */
  tookMs(): number;
  kill(): Promise<void>;
}

export async function driversIn(place: Place, options: { publicInterface: string; guestInterface: string; dir: string }): Promise<DriversThere> {
  const [command = '', ...words] = [...place.enter, process.execPath, '--import', 'tsx', path.join(import.meta.dirname, 'driver-process.ts'), options.publicInterface, options.guestInterface, options.dir];
  const child = spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(e: Error): void }>();
  const gone = new Promise<void>((resolve) => { child.once('close', () => resolve()); });
  let last = 0;
  let took = 0;
  const ready = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  child.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asker?.resolve(value);
    else asker?.reject(new Error(error));
  });
  child.once('close', (code) => { for (const { reject } of waiting.values()) reject(new Error(`the drivers' process ended with ${code}`)); });
  const ask = <T>(what: string, ...args: unknown[]): Promise<T> => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve: resolve as (value: unknown) => void, reject });
    child.send({ id: last, what, args });
  });
  await ready;
  return {
    forwarding: {
      unusable: () => ask('unusable'),
      async apply(wanted, look) {
        const { changed, refused, tookMs } = await ask<{ changed: number; refused: [string, never][]; tookMs: number }>('forward', wanted, look);
        took = tookMs;
        return { changed, refused: new Map(refused) } satisfies ForwardingOutcome;
      },
    },
    dhcp: { apply: (wanted) => ask('dhcp', wanted), close: async () => undefined },
    host: () => ask('host'),
    tookMs: () => took,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
