// Does anything need what a daemon holds? Pure: what the daemon says it has, against the rows about it. Asked for each inventory, and again before anything is removed.
import type { HeldItem } from '@educloud/contracts';
import type { DaemonRow, InstanceRow, TaskRow, VersionRow } from '../store/interface.ts';

/** What the database knows about one item. */
export interface Known {
  /** Of kind instance. */
  instance: InstanceRow | null;
  /** Of the other kinds. */
  version: VersionRow | null;
  /** The task that made it. */
  task: TaskRow | null;
  /** A step of that task, or the removal of that version, is under way: it puts things where they belong. */
  active: boolean;
}

export interface Finding {
  /** Why nothing needs it. */
  why: string;
  /** Why it is not removed all the same; null = it may go. */
  kept: string | null;
  /** Its instance has ended by cancel, delete or a registered submit: a disk that has booted may go too. */
  ended: boolean;
}

const loose = (why: string): Finding => ({ why, kept: null, ended: false });
const kept = (why: string, reason: string): Finding => ({ why, kept: reason, ended: false });

/** @returns null: it is needed */
export function judge(item: HeldItem, daemon: Pick<DaemonRow, 'id' | 'role'>, known: Known): Finding | null {
  if (known.active) return null;
  if (item.kind === 'part') return loose('a partial download that nobody waits for');
  return item.kind === 'instance' ? judgeInstance(item, daemon, known) : judgeFile(item, daemon, known);
}

function judgeInstance(item: HeldItem, daemon: Pick<DaemonRow, 'id' | 'role'>, { instance, task }: Known): Finding | null {
  const ofUser = item.booted || item.running;
  if (!instance) return ofUser ? kept('there is no such instance', 'its disk has booted: it may be the work of somebody whom this database does not know') : loose('there is no such instance');
  if (instance.deletedAt !== null) return { why: 'its instance has ended', kept: null, ended: true };
  const place = daemon.role === 'cc' ? instance.ccId : instance.ncId;
  if (place !== daemon.id) return ofUser ? kept(`its instance belongs to ${place ?? 'no node'}`, 'its disk has booted here') : loose(`its instance belongs to ${place ?? 'no node'}`);
  // Placed, and then the prepare failed: it was to be clean. Whoever prepares again begins anew.
  if (task?.phase === 'preparing' && (task.state === 'failed' || task.state === 'pending') && !ofUser) return loose('left by a prepare that failed');
  return null;
}

function judgeFile(item: HeldItem, daemon: Pick<DaemonRow, 'id' | 'role'>, { version, task }: Known): Finding | null {
  if (!version) return kept('there is no such image version', 'this database does not know what it is');
  switch (version.state) {
    case 'uploading':
      return daemon.role === 'walrus' && version.walrusId === daemon.id ? null : loose('its upload goes to another store');
    case 'available':
      if (daemon.role === 'cc') return loose('it is in the store already');
      if (item.kind === 'upload') return loose('its version is finished');
      return version.walrusId === daemon.id ? null : kept('its version is kept in another store', 'it may be the only good copy');
    case 'reserved':
      // No step of its task is under way: a submit that failed was to leave nothing.
      return task?.state === 'stuck' ? null : loose('left by a submit that failed');
    case 'refused':
    case 'deleted':
      return loose(`its version is ${version.state}`);
    case 'deleting':
      return loose('its version is being deleted');
  }
}

export function describe(item: HeldItem): string {
  if (item.kind === 'upload') return 'upload';
  if (item.kind === 'part') return 'partial download';
  if (item.kind === 'version') return 'image file';
  const parts = [...(item.running ? ['running guest'] : item.holds.includes('domain') ? ['domain'] : []), ...(item.holds.includes('disk') ? [item.booted ? 'disk that has booted' : 'disk'] : []), ...(item.holds.includes('pin') ? ['pins of images'] : [])];
  return parts.join(', ') || 'nothing';
}
