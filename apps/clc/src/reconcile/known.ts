// The rows about what a daemon holds, read for a whole inventory in few reads. For findOrphans and for the last look before a removal.
import type { HeldItem } from '@educloud/contracts';
import type { InstanceRow, Tx, VersionRow } from '../store/interface.ts';
import type { Known } from './judge.ts';

const versionOf = (name: string): { imageId: string; version: number } => {
  const [imageId = '', version = ''] = name.split('.v');
  return { imageId, version: Number(version) };
};

/** What is known of each item; four reads for any number of them. */
export async function knownOf(tx: Tx, items: readonly HeldItem[]): Promise<(item: HeldItem) => Known> {
  const instances = new Map<string, InstanceRow>();
  const versions = new Map<string, VersionRow>();
  const names = (of: (item: HeldItem) => boolean): string[] => [...new Set(items.filter(of).map((item) => item.name))];
  for (const row of await tx.instances.instancesByIds(names((i) => i.kind === 'instance'))) instances.set(row.id, row);
  for (const row of await tx.images.versionsOf(names((i) => i.kind === 'upload' || i.kind === 'version').map(versionOf))) versions.set(`${row.imageId}.v${row.version}`, row);

  const rowsOf = (item: HeldItem): Pick<Known, 'instance' | 'version'> => ({
    instance: item.kind === 'instance' ? (instances.get(item.name) ?? null) : null,
    version: item.kind === 'upload' || item.kind === 'version' ? (versions.get(item.name) ?? null) : null,
  });
  const tidOf = ({ instance, version }: Pick<Known, 'instance' | 'version'>): string | null => instance?.tid ?? version?.tid ?? null;
  // What has booted or is finished needs no further look: only that of the rest would change the answer.
  const isSettled = (item: HeldItem, { instance, version }: Pick<Known, 'instance' | 'version'>): boolean =>
    (instance !== null && instance.deletedAt === null && instance.firstBootAt !== null) || (version?.state === 'available' && item.kind === 'version');
  const subjectsOf = (item: HeldItem, rows: Pick<Known, 'instance' | 'version'>): string[] => [tidOf(rows), rows.version ? item.name : null].filter((subject) => subject !== null);

  const open = items.map((item) => ({ item, rows: rowsOf(item) })).filter(({ item, rows }) => !isSettled(item, rows));
  const unique = (all: Array<string | null>): string[] => [...new Set(all.filter((one) => one !== null))];
  const tasks = new Map((await tx.tasks.tasksOf(unique(open.map(({ rows }) => tidOf(rows))))).map((task) => [task.tid, task]));
  const active = new Set(await tx.saga.activeSubjects(unique(open.flatMap(({ item, rows }) => subjectsOf(item, rows)))));

  return (item) => {
    const rows = rowsOf(item);
    if (isSettled(item, rows)) return { ...rows, task: null, active: false };
    return { ...rows, task: tasks.get(tidOf(rows) ?? '') ?? null, active: subjectsOf(item, rows).some((subject) => active.has(subject)) };
  };
}

/** Orphans are removed in a plan of the task they come from, if there is one: then no step of it can begin meanwhile. */
export const subjectOf = (daemonId: string, item: Pick<HeldItem, 'kind' | 'name'>, known: Pick<Known, 'instance' | 'version'>): string =>
  known.instance?.tid ?? known.version?.tid ?? (known.version ? item.name : `${daemonId}/${item.kind[0] ?? ''}/${item.name}`);
