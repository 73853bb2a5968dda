// What the jobs of a guest need to know, whoever's guest it is: that of an image build or that of a person's instance.
import { CloudError } from '@educloud/errors';
import { say, type ImageRef, type Startup } from '@educloud/contracts';
import type { PlanDeps } from '../deps.ts';
import type { DaemonRow, InstanceNetwork, InstanceRow } from '../store/interface.ts';

export interface Guest {
  instance: InstanceRow;
  /** The subject of its plans. */
  tid: string;
  title: string;
  ostype: string;
  /** Where it is placed; null = nowhere yet. */
  ccId: string | null;
  ncId: string | null;
  cc: DaemonRow | null;
  nc: DaemonRow | null;
  /** The version that is cloned, or the medium that a blank disk is installed from; null = it has none yet. */
  source: ImageRef | null;
  /** The store that holds the source's file. */
  sourceStore: DaemonRow | null;
  blankBytes: number | null;
  /** Its plan has tried to make the disk: that its node has the version is not believed without asking any more. */
  cloneTried?: boolean;
  /** Absent or null: a card of its node's own network, reached from nowhere. */
  network?: InstanceNetwork | null;
  startup?: Startup | null;
}

/** A plan whose jobs work on a guest. */
export interface OfGuest { guest: Guest }

export function placeOf({ ccId, ncId, tid }: Guest): { ccId: string; ncId: string } {
  if (!ccId || !ncId) throw new CloudError('INTERNAL', say('placeUnknown', { tid }));
  return { ccId, ncId };
}

export function sourceOf({ source, tid }: Guest): ImageRef {
  if (!source) throw new CloudError('INTERNAL', say('taskLost', { tid }));
  return source;
}

export function storeUrl(guest: Guest): string {
  const { imageId, version } = sourceOf(guest);
  if (!guest.sourceStore) throw new CloudError('STORE_UNAVAILABLE', say('storeOfSourceAway', { image: imageId, version }));
  return guest.sourceStore.url;
}

export function clusterUrl({ cc, tid }: Guest): string {
  if (!cc) throw new CloudError('NODE_UNREACHABLE', say('clusterGone', { tid }));
  return cc.url;
}

/** Time a transfer may take: a floor for small ones, then the slowest rate that is still waited for. */
export const transferMs = (deps: PlanDeps, bytes: number): number => 5 * 60_000 + Math.ceil(bytes / deps.limits.slowestBytesPerSecond) * 1000;
