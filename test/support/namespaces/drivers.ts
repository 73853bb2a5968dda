// The network drivers of a cluster controller at work inside a network namespace.
import type { Dhcp } from '../../../apps/cc/src/drivers/dhcp/interface.ts';
import type { Forwarding, ForwardingOutcome } from '../../../apps/cc/src/drivers/forwarding/interface.ts';
import type { HostView } from '../../../apps/cc/src/network/host.ts';
import type { Place } from './lay.ts';
import { workerIn } from './worker.ts';

export interface DriversThere {
  forwarding: Forwarding;
  dhcp: Dhcp;
  host(): Promise<HostView>;
  /** How long the last apply took, inside the process. */
  tookMs(): number;
  kill(): Promise<void>;
}

export async function driversIn(place: Place, options: { publicInterface: string; guestInterface: string; dir: string }): Promise<DriversThere> {
  const { ask, kill } = await workerIn(place, 'driver-process.ts', options.publicInterface, options.guestInterface, options.dir);
  let took = 0;
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
    kill,
  };
}
