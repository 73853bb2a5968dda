// What nodes say of the work of guests: since when an instance that is to be shut down when idle stands idle. Called by status/instance-status in
// its transaction. Mostly nothing is asked for, and nothing is written.
import type { GuestLoad } from '@educloud/contracts';
import { idleNow } from '../auto-stop/decide.ts';
import type { InstanceRow, Tx } from '../store/interface.ts';

export interface SaidOfWork { instance: InstanceRow; word: { reason: string; watched?: boolean | undefined; load?: GuestLoad | undefined } }

/** Null: what is said is not enough to tell. */
function standsIdle({ reason, watched, load }: SaidOfWork['word'], belowPercent: number): boolean | null {
  if (watched || (load && load.cpuPercent >= belowPercent)) return false;
  // Paused by a full disk it does nothing because it cannot.
  return watched === false && load && reason !== 'io-error' ? true : null;
}

export async function noteIdle(tx: Tx, said: SaidOfWork[], { now, silentMs }: { now: number; silentMs: number }): Promise<void> {
  const words = new Map(said.filter(({ word }) => word.watched !== undefined || word.load).map(({ instance, word }) => [instance.id, word]));
  if (words.size === 0) return;
  const rows = (await tx.userInstances.userInstancesByIds([...words.keys()])).filter((row) => row.autoStop?.idleMinutes);
  const groups = { busy: [] as string[], begins: [] as string[], still: [] as string[] };
  for (const row of rows) {
    const word = words.get(row.id);
    const idle = word && row.autoStop ? standsIdle(word, row.autoStop.idleCpuPercent) : null;
    if (idle === null) continue;
    if (!idle) { if (row.idleSince !== null) groups.busy.push(row.id); } else if (row.vmState === 'active') groups[idleNow(row, now, silentMs) === null ? 'begins' : 'still'].push(row.id);
  }
  await tx.userInstances.noteIdle(groups.busy, { since: null, seenAt: null });
  await tx.userInstances.noteIdle(groups.begins, { since: now, seenAt: now });
  await tx.userInstances.noteIdle(groups.still, { seenAt: now });
}
