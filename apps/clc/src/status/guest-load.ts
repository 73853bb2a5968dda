// What nodes say of the work of guests: since when an instance that is to be shut down when idle stands idle, and what is shown of its load. Called
// by status/instance-status. Mostly nothing has to be written; the load of an instance that is not to be measured is kept nowhere.
import { InstanceLoad, type GuestLoad, type InstanceLoadEvent } from '@educloud/contracts';
import type { ProgressCache, ProgressValue } from '@educloud/progress';
import { idleNow } from '../auto-stop/decide.ts';
import type { InstanceRow, Tx } from '../store/interface.ts';

export interface SaidOfWork { instance: InstanceRow; word: { reason: string; watched?: boolean | undefined; load?: GuestLoad | undefined } }

/**
 * Over a minute. A screen by RDP, or somebody who types by SSH, sends more; clocks and services that nobody uses send some hundred. Only what a guest sends counts:
 * everything that a classroom shouts into its network arrives at all of them.
 */
const IN_USE_BPS = 2_000;

/** Null: what is said is not enough to tell. */
function standsIdle({ instance, word: { reason, watched, load } }: SaidOfWork, belowPercent: number): boolean | null {
  if (watched || (load && (load.cpuPercent * instance.cpus >= belowPercent || (load.netOutBps ?? 0) >= IN_USE_BPS))) return false;
  // Paused by a full disk it does nothing because it cannot.
  return watched === false && load && reason !== 'io-error' ? true : null;
}

/** In the transaction of the status. @returns what may be shown */
export async function noteWork(tx: Tx, said: SaidOfWork[], { now, silentMs }: { now: number; silentMs: number }): Promise<InstanceLoadEvent[]> {
  const words = new Map(said.filter(({ word }) => word.watched !== undefined || word.load).map((one) => [one.instance.id, one]));
  if (words.size === 0) return [];
  const all = await tx.userInstances.userInstancesByIds([...words.keys()]);
  const rows = all.filter((row) => row.autoStop?.idleMinutes);
  const groups = { busy: [] as string[], begins: [] as string[], still: [] as string[] };
  for (const row of rows) {
    const one = words.get(row.id);
    const idle = one && row.autoStop ? standsIdle(one, row.autoStop.idleCpuPercent) : null;
    if (idle === null) continue;
    if (!idle) { if (row.idleSince !== null) groups.busy.push(row.id); } else if (row.vmState === 'active') groups[idleNow(row, now, silentMs) === null ? 'begins' : 'still'].push(row.id);
  }
  await tx.userInstances.noteIdle(groups.busy, { since: null, seenAt: null });
  await tx.userInstances.noteIdle(groups.begins, { since: now, seenAt: now });
  await tx.userInstances.noteIdle(groups.still, { seenAt: now });
  return all.flatMap(({ id, definition }): InstanceLoadEvent[] => {
    const load = definition.metrics === false ? undefined : words.get(id)?.word.load;
    return load ? [{ id, load: { ...load, at: now } }] : [];
  });
}

/** Where the cache keeps it. */
export const loadKeyOf = ({ id }: { id: string }): string => `load:${id}`;
export const loadIn = (cached: ProgressValue | null): InstanceLoad | null => InstanceLoad.safeParse(cached?.detail).data ?? null;

/** To whoever looks now or soon. Losing it loses a minute's figure. */
export async function showLoads(progress: Pick<ProgressCache, 'set' | 'notify'>, loads: InstanceLoadEvent[], keptMs: number): Promise<void> {
  await Promise.all(loads.map(({ id, load }) => progress.set(loadKeyOf({ id }), { epoch: load.at, percent: 0, detail: load }, keptMs)));
  for (const each of loads) progress.notify('instance-load', each);
}
