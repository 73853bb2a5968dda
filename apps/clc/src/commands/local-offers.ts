// What a host may run: the local desktops whose group and pins reach it, each with the version it is made from, its hardware, and a signed lease.
// Called by routes/cluster for a CC that asks for one of its hosts.
import { reachesGroup, say, type AskOffers, type ImageRef, type LocalOffer, type OffersForCluster } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { SignedClaims } from '../deps.ts';
import { hardwareOf } from '../jobs/hardware.ts';
import type { DaemonRow, Store, Tx, UserInstanceRow, VersionRow } from '../store/interface.ts';
import { diskBytesOf } from './instance/define.ts';
import { imageRef } from './image-create/build.ts';

export interface OfferDeps {
  store: Pick<Store, 'read'>;
  sign(claims: SignedClaims, ttlMs: number): string;
  /** How long a host may run without asking. */
  leaseMs: number;
  now(): number;
}

/** @throws NOT_FOUND the host is none of the cluster that asks */
export async function offersFor(deps: OfferDeps, { hostId, asked, have }: AskOffers, ccId: string): Promise<OffersForCluster> {
  const { read } = deps.store;
  const [host, cc] = await Promise.all([read.daemons.daemon(hostId), read.daemons.daemon(ccId)]);
  if (!host || !cc || host.role !== 'nc' || host.ccId !== ccId) throw new CloudError('NOT_FOUND', say('noDaemon', { id: hostId }));
  const ended = (await read.userInstances.userInstancesByIds(have)).filter((row) => row.deletedAt !== null).map((row) => row.id);
  const answer = { hostId, asked, at: deps.now(), ended };
  // Switched off by an administrator's word: nothing new begins there.
  if (!host.enabled || !cc.facts.usages.includes('lvd')) return { ...answer, offers: [], sources: [] };

  const reaching = (await read.userInstances.localDefinitions()).filter((row) => reaches(row, host, cc)).slice(0, MOST);
  const versions = await versionsFor(read, reaching);
  const stores = new Map((await read.daemons.daemonsByIds([...new Set([...versions.values()].map((v) => v.walrusId).filter((id) => id !== null))])).map((row) => [row.id, row.url]));
  const offers: LocalOffer[] = [];
  const sources = new Map<string, OffersForCluster['sources'][number]>();
  for (const row of reaching) {
    const version = versions.get(row.id);
    const store = stores.get(version?.walrusId ?? '');
    // Its image has no finished version (yet).
    if (version?.state !== 'available' || store === undefined) continue;
    const image = imageRef(version);
    const ticket = deps.sign({ action: 'image/download', imageId: image.imageId, version: image.version }, deps.leaseMs);
    sources.set(`${image.imageId}.v${image.version}`, { imageId: image.imageId, version: image.version, url: `${store}/walrus/api/1.0/images/${image.imageId}/versions/${image.version}/file`, ticket });
    offers.push({ ...(await offerOf(deps, row, image, version)), ticket, lease: deps.sign({ action: 'lvd/run', hostId, insId: row.id, rev: row.rev, imageId: image.imageId, asked, issuedAt: answer.at, validUntil: answer.at + deps.leaseMs }, deps.leaseMs) });
  }
  return { ...answer, offers, sources: [...sources.values()] };
}

/** As many as an answer may name. */
const MOST = 500;

function reaches(row: UserInstanceRow, host: DaemonRow, cc: DaemonRow): boolean {
  const { node, cluster, ownerGroup = null } = row.definition;
  return reachesGroup(ownerGroup, host.ownerGroup) && (node === null || node === host.id || node === host.name) && (cluster === null || cluster === cc.id || cluster === cc.name);
}

async function versionsFor(read: Tx, rows: UserInstanceRow[]): Promise<Map<string, VersionRow>> {
  const newest = await read.images.latestAvailableOf([...new Set(rows.filter((row) => row.pinnedVersion === null).map((row) => row.imageId))]);
  const pinned = new Map((await read.images.versionsOf(rows.flatMap((row) => (row.pinnedVersion === null ? [] : [{ imageId: row.imageId, version: row.pinnedVersion }])))).map((v) => [`${v.imageId}.v${v.version}`, v]));
  return new Map(rows.flatMap((row): Array<[string, VersionRow]> => {
    const version = row.pinnedVersion === null ? newest.get(row.imageId) : pinned.get(`${row.imageId}.v${row.pinnedVersion}`);
    return version ? [[row.id, version]] : [];
  }));
}

async function offerOf(deps: OfferDeps, row: UserInstanceRow, image: ImageRef, version: VersionRow): Promise<Omit<LocalOffer, 'ticket' | 'lease'>> {
  const diskBytes = diskBytesOf(version, row.definition.diskGiB);
  return {
    id: row.id as LocalOffer['id'], name: row.name, description: row.description, rev: row.rev, image, pinned: row.pinnedVersion !== null, ostype: row.ostype as LocalOffer['ostype'],
    hardware: await hardwareOf(deps.store.read, row.ostype), memoryMiB: row.memoryMiB, cpus: row.cpus, diskBytes: diskBytes > image.virtualSizeBytes ? diskBytes : 0, lifetime: row.lifetime,
  };
}
