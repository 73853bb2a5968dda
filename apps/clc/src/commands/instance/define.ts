// instance/define: what a person wants to run, checked and written down. Nothing of it is on a node yet. Called by routes/instances.
import { CloudError, wrongField } from '@educloud/errors';
import { LIFETIMES, mayBePlaced, newInstanceId, say, usualServices, type AccessMode, type DefineInstance, type InstanceId, type InstanceKind, type Lifetime, type NicAsked, type Said, type Service } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../../deps.ts';
import type { ImageRow, InstanceDefinition, Tx, UserInstanceRow, VersionRow } from '../../store/interface.ts';
import { usualVmType, vmTypeFor } from '../../types.ts';
import { seedOfNth, seedView, seedWith } from '../../cloud-init.ts';
import { checkAddresses, checkCards } from '../../network/cards.ts';
import { addressOf, subjectOf } from './life.ts';

type Asked = z.output<typeof DefineInstance>;

export async function defineInstance(deps: Deps, asked: Asked, owner: string): Promise<UserInstanceRow> {
  return deps.store.transaction(async (tx) => {
    const [row] = await defineAlike(deps, tx, asked, [asked.name], owner);
    await deps.accepted(tx, { location: addressOf((row as UserInstanceRow).id), status: 201 });
    return row as UserInstanceRow;
  });
}

/** One for each name, alike in everything else. */
export async function defineAlike(deps: Pick<Deps, 'now' | 'random' | 'limits'>, tx: Tx, asked: Asked, names: readonly string[], owner: string): Promise<UserInstanceRow[]> {
  // check
  const image = await tx.images.keepImage(asked.imageId);
  if (!image) throw new CloudError('NOT_FOUND', say('noImage', { image: asked.imageId }));
  if (image.usage === 'medium') throw refused('imageId', say('mediumNotRun'));
  const version = await versionFor(tx, image, asked.imageVersion === 'latest' ? null : asked.imageVersion);
  const kind = asked.kind ?? (image.usage === 'server' ? 'vs' : 'rvd');
  checkLifetime(kind, asked.lifetime);
  checkOfCloud(kind, asked);
  checkScale(asked.scale);
  await checkPins(tx, asked, kind === 'lvd' ? null : { group: asked.ownerGroup });
  const type = asked.vmType === undefined ? null : await vmTypeFor(tx, asked.vmType);
  const size = type ?? (await usualVmType(tx, image.ostype));
  checkDisk(deps, asked.diskGiB, version);
  checkDataDisk(deps, asked.dataDiskGiB, 0);
  const diskGiB = asked.diskGiB ?? type?.diskGiB ?? 0;
  const told = seedWith(null, asked.cloudInit);
  const network = { nics: asked.nics ?? [{ mode: 'auto' as const }], services: asked.services ?? usualServices(kind, image.ostype) };
  checkCards(network);
  if (names.length > 1 && network.nics.some(({ mac, ip }) => mac ?? ip)) throw refused('nics', say('nicsOfMany'));
  await checkAddresses(tx, network, asked, null);

  // record
  const now = deps.now();
  const common: Omit<UserInstanceRow, 'id' | 'name'> = {
    description: asked.description, owner, kind, lifetime: asked.lifetime, imageId: image.id,
    pinnedVersion: asked.imageVersion === 'latest' ? null : asked.imageVersion, madeFrom: null, ostype: image.ostype, vmType: type?.name ?? null,
    memoryMiB: asked.memoryMiB ?? size.memoryMiB, cpus: asked.cpus ?? size.cpus, diskBytes: diskBytesOf(version, diskGiB),
    definition: { diskGiB, dataDiskGiB: asked.dataDiskGiB, node: asked.node, cluster: asked.cluster, ownerGroup: asked.ownerGroup, highAvailability: asked.highAvailability, scale: asked.scale, accessMode: asked.accessMode, startup: asked.startup, metrics: asked.metrics, placementPolicy: asked.placementPolicy, ...network },
    autoStop: asked.autoStop, autoStopAt: null, extendedUntil: null, idleSince: null, idleSeenAt: null,
    vmState: 'initialized', taskState: null, progress: 0, message: say(kind === 'lvd' ? 'localOffered' : 'instanceDefined'), error: null, failedAction: null, kept: null, placement: null, network: null,
    rev: 1, createdAt: now, updatedAt: now, startedAt: null, deletedAt: null,
  };
  // Lists go by time and then by id, from the last to the first: a class stands in the order of its names.
  const ids = names.map(() => newInstanceId(deps.random)).sort().reverse();
  const all = names.map((name, i) => {
    const seed = told && names.length > 1 ? seedOfNth(told, i + 1) : told;
    const row: UserInstanceRow = { id: ids[i] as InstanceId, name, ...common, definition: { ...common.definition, cloudInit: seedView(seed) } };
    return { row, seed };
  });
  for (const { row, seed } of all) {
    await tx.instances.insertInstance({
      id: row.id, tid: subjectOf(row), purpose: 'run', kind, ccId: null, ncId: null, memoryMiB: row.memoryMiB, cpus: row.cpus, diskBytes: row.diskBytes,
      vmstatus: 'init', firstBootAt: null, statusEpoch: 0, statusSeq: 0, createdAt: now, deletedAt: null,
    });
    await tx.userInstances.insertUserInstance(row);
    if (seed) await tx.userInstances.setSeed(row.id, seed);
  }
  return all.map(({ row }) => row);
}

export const refused = (field: string, why: Said): CloudError => new CloudError('BAD_REQUEST', why, { data: { fields: [wrongField(field, why)] } });

/** The finished version a disk would be made from now. */
export async function versionFor(tx: Tx, image: Pick<ImageRow, 'id'>, pinned: number | null): Promise<VersionRow> {
  const version = pinned === null ? await tx.images.latestAvailable(image.id) : await tx.images.version(image.id, pinned);
  if (pinned !== null && !version) throw new CloudError('NOT_FOUND', say('noVersion', { image: image.id, version: pinned }));
  if (!version || version.state !== 'available') throw new CloudError('IMAGE_NOT_READY', pinned === null ? say('noFinishedVersion', { image: image.id }) : say('versionNotFinished', { image: image.id, version: pinned }));
  return version;
}

export function checkLifetime(kind: InstanceKind, lifetime: Lifetime): void {
  if (!LIFETIMES[kind].includes(lifetime)) throw refused('lifetime', say('lifetimeNotOfKind', { kind, values: LIFETIMES[kind] }));
}

/** What only the cloud's nodes do: a host would leave it out without a word. */
export function checkOfCloud(kind: InstanceKind, { cloudInit, autoStop, dataDiskGiB, nics, accessMode = 'all', startup, placementPolicy }: { accessMode?: AccessMode | undefined; startup?: unknown; placementPolicy?: unknown; cloudInit?: unknown; autoStop?: unknown; dataDiskGiB?: number | undefined; nics?: unknown }): void {
  if (kind !== 'lvd') return;
  const field = cloudInit ? 'cloudInit' : autoStop ? 'autoStop' : dataDiskGiB ? 'dataDiskGiB' : nics ? 'nics' : accessMode !== 'all' ? 'accessMode' : startup ? 'startup' : placementPolicy ? 'placementPolicy' : null;
  if (field !== null) throw refused(field, say('localHasNone'));
}

const GIB = 2 ** 30;
/** A VM type may name less than the image has: then it is as large as the image. */
export const diskBytesOf = (version: VersionRow, diskGiB: number): number => Math.max(version.virtualSizeBytes ?? 0, diskGiB * GIB);

export function checkDisk(deps: Pick<Deps, 'limits'>, diskGiB: number | undefined, version: VersionRow): void {
  if (!diskGiB) return;
  if (diskGiB * GIB < (version.virtualSizeBytes ?? 0)) throw refused('diskGiB', say('diskSmallerThanImage', { size: version.virtualSizeBytes }));
  if (diskGiB * GIB > deps.limits.maxVirtualBytes) throw refused('diskGiB', say('blankTooBig', { size: diskGiB * GIB, limit: deps.limits.maxVirtualBytes }));
}

/** @param presentBytes of the one that is there; 0 = none is */
export function checkDataDisk(deps: Pick<Deps, 'limits'>, dataDiskGiB: number | undefined, presentBytes: number): void {
  if (dataDiskGiB === undefined) return;
  if (dataDiskGiB * GIB > deps.limits.maxVirtualBytes) throw refused('dataDiskGiB', say('blankTooBig', { size: dataDiskGiB * GIB, limit: deps.limits.maxVirtualBytes }));
  if (dataDiskGiB * GIB < presentBytes) throw refused('dataDiskGiB', say('dataDiskShrinks', { size: presentBytes }));
}

export function checkScale(scale: { min: number; max: number } | null | undefined): void {
  if (scale && scale.min > scale.max) throw refused('scale', say('scaleReversed'));
}

/** @param group of the instance, where the cloud runs it; null for one that hosts run themselves: there the offer is checked */
export async function checkPins(tx: Tx, { node, cluster }: { node?: string | null | undefined; cluster?: string | null | undefined }, of: { group: string | null } | null): Promise<void> {
  for (const [field, role, name] of [['node', 'nc', node], ['cluster', 'cc', cluster]] as const) {
    if (!name) continue;
    const found = (await tx.daemons.daemon(name)) ?? (await tx.daemons.daemonByName(role, name));
    if (found?.role !== role) throw refused(field, say('noSuchHost', { role, name }));
    if (of === null || mayBePlaced(of.group, found.ownerGroup)) continue;
    const why = say('pinOfOthers', { name: found.name, group: found.ownerGroup });
    throw new CloudError('OTHER_OWNER_GROUP', why, { data: { fields: [wrongField(field, why)] } });
  }
}

/** Definitions of earlier versions name none. */
export const nicsAsked = ({ nics }: InstanceDefinition): NicAsked[] => nics ?? [{ mode: 'auto' }];
export const servicesOf = ({ kind, ostype, definition }: Pick<UserInstanceRow, 'kind' | 'ostype' | 'definition'>): Service[] => definition.services ?? usualServices(kind, ostype);
/** Those to which a way is opened. */
export const openedServices = (row: Pick<UserInstanceRow, 'kind' | 'ostype' | 'definition'>): Service[] => (row.definition.accessMode === 'console' ? [] : servicesOf(row));
