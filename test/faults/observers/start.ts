// Those who only look while a campaign runs: two watchers of the event stream, one of guests, one of daemons. Started and ended by the campaign.
import { setTimeout as pause } from 'node:timers/promises';
import type { History } from '../history.ts';
import type { Rig } from '../rig/interface.ts';
import type { Observers } from '../workload/interface.ts';
import { watchDaemons } from './daemons.ts';
import { watchEvents } from './events.ts';
import { watchGuests } from './guests.ts';

const GUESTS_EVERY_MS = 500;
const DAEMONS_EVERY_MS = 1000;

export async function startObservers({ rig, history }: { rig: Rig; history: History }): Promise<Observers> {
  const ending = new AbortController();
  const every = async (ms: number, look: () => void | Promise<void>): Promise<void> => {
    while (!ending.signal.aborted) {
      await look();
      await pause(ms, undefined, { signal: ending.signal }).catch(() => undefined);
    }
    await look();
  };
  const { user, password } = rig.admin;
  const watching = [
    ...['first', 'second'].map((name) => watchEvents({ clcUrl: rig.clcUrl, name, user, password, history, ended: ending.signal })),
    every(GUESTS_EVERY_MS, watchGuests(rig.nodes, rig.hypervisor, history)),
    every(DAEMONS_EVERY_MS, watchDaemons(rig.servers.dbUrl, history)),
  ];
  for (const one of watching) one.catch(() => undefined); // told by stop
  return {
    async stop() {
      ending.abort();
      await Promise.all(watching);
    },
  };
}
