// Does anything need what a daemon holds? Pure: what the daemon says it has, against the rows about it. Asked for each inventory, and again before anything is removed.
import { say, type HeldItem, type Said } from '@educloud/contracts';
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
  why: Said;
  /** Why it is not removed all the same; null = it may go. */
  kept: Said | null;
  /** Its instance has ended by cancel, delete or a registered submit: a disk that has booted may go too. */
  ended: boolean;
}

const loose = (why: Said): Finding => ({ why, kept: null, ended: false });
const kept = (why: Said, reason: Said): Finding => ({ why, kept: reason, ended: false });

/** @returns null: it is needed */
export function judge(item: HeldItem, daemon: Pick<DaemonRow, 'id' | 'role'>, known: Known): Finding | null {
  if (known.active) return null;
  if (item.kind === 'part') return loose(say('orphanPart'));
  return item.kind === 'instance' ? judgeInstance(item, daemon, known) : judgeFile(item, daemon, known);
}

function judgeInstance(item: HeldItem, daemon: Pick<DaemonRow, 'id' | 'role'>, { instance, task }: Known): Finding | null {
  const ofUser = item.booted || item.running;
  if (!instance) return ofUser ? kept(say('orphanNoInstance'), say('orphanUnknownWork')) : loose(say('orphanNoInstance'));
  if (instance.deletedAt !== null) return { why: say('orphanEnded'), kept: null, ended: true };
  const place = daemon.role === 'cc' ? instance.ccId : instance.ncId;
  // What a person's instance leaves a place for, it has thrown away there: by its lifetime, a reset, or a first start that failed.
  if (instance.purpose === 'run' && place !== daemon.id) return { why: say('orphanThrownAway'), kept: null, ended: true };
  if (place !== daemon.id) return ofUser ? kept(say('orphanElsewhere', { place: place ?? say('noNode') }), say('orphanBootedHere')) : loose(say('orphanElsewhere', { place: place ?? say('noNode') }));
  // Placed, and then the prepare failed: it was to be clean. Whoever prepares again begins anew.
  if (task?.phase === 'preparing' && (task.state === 'failed' || task.state === 'pending') && !ofUser) return loose(say('orphanOfPrepare'));
  return null;
}

function judgeFile(item: HeldItem, daemon: Pick<DaemonRow, 'id' | 'role'>, { version, task }: Known): Finding | null {
  if (!version) return kept(say('orphanNoVersion'), say('orphanUnknownFile'));
  switch (version.state) {
    case 'uploading':
      return daemon.role === 'walrus' && version.walrusId === daemon.id ? null : loose(say('orphanOtherStore'));
    case 'available':
      if (daemon.role === 'cc') return loose(say('orphanStored'));
      if (item.kind === 'upload') return loose(say('orphanFinished'));
      return version.walrusId === daemon.id ? null : kept(say('orphanKeptElsewhere'), say('orphanOnlyCopy'));
    case 'reserved':
      // No step of its task is under way: a submit that failed was to leave nothing.
      return task?.state === 'stuck' ? null : loose(say('orphanOfSubmit'));
    case 'refused':
    case 'deleted':
      return loose(say('orphanVersionIs', { state: version.state }));
    case 'deleting':
      return loose(say('orphanBeingDeleted'));
  }
}

export function describe(item: HeldItem): Said {
  if (item.kind === 'upload') return say('orphanUpload');
  if (item.kind === 'part') return say('orphanPartial');
  if (item.kind === 'version') return say('orphanFile');
  const parts = [...(item.running ? [say('orphanGuest')] : item.holds.includes('domain') ? [say('orphanDomain')] : []), ...(item.holds.includes('disk') ? [item.booted ? say('orphanBootedDisk') : say('orphanDisk')] : []), ...(item.holds.includes('pin') ? [say('orphanPins')] : [])];
  return parts.length > 0 ? say('orphanParts', { parts }) : say('orphanNothing');
}
