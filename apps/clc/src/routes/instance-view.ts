// An instance as people and programs see it: its definition and state, where it is, and the progress of the moment from the cache.
import { CloudError } from '@educloud/errors';
import { allowedActions, hasScreen, inWords, say, statusOf, type InstanceView } from '@educloud/contracts';
import { idleNow } from '../auto-stop/decide.ts';
import { addressOf as instanceAddress, instanceOrThrow, progressKeyOf, subjectOf } from '../commands/instance/life.ts';
import type { Deps } from '../deps.ts';
import { loadIn, loadKeyOf } from '../status/guest-load.ts';
import type { ClusterNetworkRow, DaemonRow, InstanceRow, UserInstanceRow } from '../store/interface.ts';
import { networkView } from './access-view.ts';
import { hostOf, planViews } from './task-view.ts';

export { instanceAddress };

export async function instanceView(deps: Deps, row: UserInstanceRow, options: { plans?: boolean } = {}): Promise<InstanceView> {
  const [view] = await instanceViews(deps, [row]);
  if (!view) throw new CloudError('INTERNAL', say('noView', { tid: row.id }));
  return options.plans ? { ...view, plans: await planViews(deps.store.read, subjectOf(row)) } : view;
}

/** What stands there now, for a request whose own answer was lost. */
export const instanceAtAddress = async (deps: Deps, address: string): Promise<InstanceView> => instanceView(deps, await instanceOrThrow(deps.store.read, address.slice(instanceAddress('').length)));

/** A page of instances with as many reads as one of them. */
export async function instanceViews(deps: Deps, rows: UserInstanceRow[]): Promise<InstanceView[]> {
  const { read } = deps.store;
  const [instances, cached] = await Promise.all([read.instances.instancesByIds(rows.map((row) => row.id)), deps.progress.getMany([...rows.map((row) => progressKeyOf(row)), ...rows.map((row) => loadKeyOf(row))])]);
  const placed = new Map(instances.map((instance) => [instance.id, instance]));
  const daemons = new Map((await read.daemons.daemonsByIds([...new Set(instances.flatMap((i) => [i.ccId, i.ncId]).filter((id) => id !== null))])).map((row) => [row.id, row]));
  // Only what its cluster controller brings about needs its word.
  const networks = new Map(rows.some((row) => row.network?.byCluster) ? (await read.networks.networks()).map((row) => [row.ccId, row]) : []);
  return rows.map((row, i) => {
    const instance = placed.get(row.id) ?? null;
    return view(row, instance, { cc: daemons.get(instance?.ccId ?? '') ?? null, nc: daemons.get(instance?.ncId ?? '') ?? null, percent: cached[i]?.percent ?? 0, network: networks.get(row.network?.ccId ?? '') ?? null, load: row.definition.metrics === false ? null : loadIn(cached[rows.length + i] ?? null), idleSince: row.autoStop?.idleMinutes ? idleNow(row, deps.now(), deps.limits.guestSilentMs) : null });
  });
}

function view(row: UserInstanceRow, instance: InstanceRow | null, { cc, nc, percent, network, idleSince, load }: { idleSince: number | null; load: InstanceView['load']; cc: DaemonRow | null; nc: DaemonRow | null; percent: number; network: ClusterNetworkRow | null }): InstanceView {
  const reached = networkView(row, { cc, nc, network });
  return {
    id: row.id, name: row.name, description: row.description, owner: row.owner, kind: row.kind, lifetime: row.lifetime, imageId: row.imageId, imageVersion: row.pinnedVersion ?? 'latest', madeFrom: row.madeFrom,
    ostype: row.ostype, vmType: row.vmType, memoryMiB: row.memoryMiB, cpus: row.cpus, diskBytes: row.diskBytes, ...row.definition, diskGiB: row.definition.diskGiB ?? 0, dataDiskGiB: row.definition.dataDiskGiB ?? 0, ownerGroup: row.definition.ownerGroup ?? null, cloudInit: row.definition.cloudInit ?? null, accessMode: row.definition.accessMode ?? 'all', startup: row.definition.startup ?? null, metrics: row.definition.metrics ?? true, placementPolicy: row.definition.placementPolicy ?? null, load: row.vmState === 'active' ? load : null, autoStop: row.autoStop, autoStopAt: row.autoStopAt, putOffUntil: row.extendedUntil, idleSince,
    status: statusOf(row), vmState: row.vmState, taskState: row.taskState, progress: row.taskState === null ? row.progress : Math.max(row.progress, percent),
    message: inWords(row.message, 'en'), said: row.message, error: row.error, kept: row.kept, // Nothing to put off where nothing shuts it down by itself.
    allowed: allowedActions(row).filter((action) => action !== 'extend' || row.autoStop !== null),
    ccId: instance?.ccId ?? null, ncId: instance?.ncId ?? null, clusterName: cc?.name ?? null, nodeName: nc?.name ?? null, ccip: hostOf(cc), ncip: hostOf(nc), ...reached,
    // Shown as soon as it works, not before.
    aURL: hasScreen(row) && row.definition.accessMode !== 'services' ? `${instanceAddress(row.id)}/console` : null,
    placement: row.placement, plans: [], rev: row.rev, createdAt: row.createdAt, updatedAt: row.updatedAt, startedAt: row.startedAt,
  };
}
