// The rows about what a daemon holds, read for a whole inventory in few reads. For findOrphans and for the last look before a removal.
import type { HeldItem } from '@educloud/contracts';
import type { InstanceRow, Tx, VersionRow } from '../store/interface.ts';
import type { Known } from './judge.ts';

const versionOf = (name: string): { imageId: string; version: number } => {
  const [imageId = '', version = ''] = name.split('.v');
  return { imageId, version: Number(version) };
};

/** By `kind/name` there is one answer for each item. */
export async function knownOf(tx: Tx, items: readonly HeldItem[]): Promise<(item: HeldItem) => Promise<Known>> {
  const instances = new Map<string, InstanceRow>();
  const versions = new Map<string, VersionRow>();
  const names = (of: (item: HeldItem) => boolean): string[] => [...new Set(items.filter(of).map((item) => item.name))];
  for (const row of await tx.instances.instancesByIds(names((i) => i.kind === 'instance'))) instances.set(row.id, row);
  for (const row of await tx.images.versionsOf(names((i) => i.kind === 'upload' || i.kind === 'version').map(versionOf))) versions.set(`${row.imageId}.v${row.version}`, row);

  return async (item) => {
    const instance = item.kind === 'instance' ? (instances.get(item.name) ?? null) : null;
    const version = item.kind === 'upload' || item.kind === 'version' ? (versions.get(item.name) ?? null) : null;
    // What has booted or is finished needs no further look: only that of the rest would change the answer.
    const settled = (instance !== null && instance.deletedAt === null && instance.firstBootAt !== null) || (version?.state === 'available' && item.kind === 'version');
    if (settled) return { instance, version, task: null, active: false };
    const tid = instance?.tid ?? version?.tid ?? null;
    const task = tid ? await tx.tasks.task(tid) : null;
    const subjects = [...(tid ? [tid] : []), ...(version ? [item.name] : [])];
    const active = (await Promise.all(subjects.map((subject) => tx.saga.activePlan(subject)))).some((plan) => plan !== null);
    return { instance, version, task, active };
  };
}

/** Orphans are removed in a plan of the task they come from, if there is one: then no step of it can begin meanwhile. */
export const subjectOf = (daemonId: string, item: Pick<HeldItem, 'kind' | 'name'>, known: Pick<Known, 'instance' | 'version'>): string =>
  known.instance?.tid ?? known.version?.tid ?? (known.version ? item.name : `${daemonId}/${item.kind[0] ?? ''}/${item.name}`);
