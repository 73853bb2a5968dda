// Local desktops as the door shows them, and as they are reported.
import type { LocalDesktop, LocalOffer, LocalReport } from '@educloud/contracts';
import type { ImageCache } from '@educloud/images';
import type { DeskBook } from './book.ts';
import type { Leases } from './lease.ts';
import type { LocalLife } from './life.ts';
import type { OfferBook } from './offers.ts';
import { localName, type LocalPaths } from './paths.ts';

export interface ViewDeps {
  offers: OfferBook;
  book: DeskBook;
  cache: Pick<ImageCache, 'list' | 'path' | 'filling'>;
  leases: Leases;
  life: Pick<LocalLife, 'progress'>;
  paths: Pick<LocalPaths, 'screen'>;
  /** By which leases are judged. */
  now(): number;
}

const ids = ({ offers, book }: ViewDeps): string[] => [...new Set([...offers.all().map((offer) => offer.id), ...book.all().map((desk) => desk.id)])];

function newest({ cache, book }: ViewDeps, id: string, offer: LocalOffer | null): number | null {
  if (offer && cache.path(offer.image)) return offer.image.version;
  const imageId = offer?.image.imageId ?? book.get(id)?.madeFrom?.imageId;
  const versions = cache.list().filter(({ image, state, owners }) => state === 'complete' && image.imageId === imageId && owners.includes(localName(id))).map(({ image }) => image.version);
  return versions.length > 0 ? Math.max(...versions) : null;
}
function coming({ cache }: ViewDeps, offer: LocalOffer | null): number | null {
  const filling = offer && cache.filling(offer.image);
  return filling ? Math.floor((100 * filling.done) / Math.max(1, filling.total)) : null;
}

export function localDesktop(deps: ViewDeps, id: string): LocalDesktop | null {
  const offer = deps.offers.get(id);
  const desk = deps.book.get(id);
  const known = offer ?? desk;
  if (!known) return null;
  const lease = offer && deps.leases.read(offer);
  const state = desk?.phase ?? 'off';
  return {
    id, name: known.name, description: offer?.description ?? '', lifetime: known.lifetime, state, progress: state === 'starting' ? deps.life.progress(id) : 0,
    version: offer?.image.version ?? null, synced: newest(deps, id, offer), syncing: coming(deps, offer), madeFrom: desk?.madeFrom?.version ?? null,
    memoryMiB: desk?.use?.spec.memoryMiB ?? offer?.memoryMiB ?? 0, cpus: desk?.use?.spec.cpus ?? offer?.cpus ?? 0, user: desk?.use?.user ?? null, startedAt: desk?.use?.startedAt ?? null,
    leaseUntil: lease?.validUntil ?? null, leaseValid: lease ? deps.now() < lease.validUntil : false,
    screen: state === 'running' ? deps.paths.screen(id) : null, error: desk?.error ?? null, said: desk?.said ?? null,
  };
}

export const localDesktops = (deps: ViewDeps): LocalDesktop[] =>
  ids(deps).map((id) => localDesktop(deps, id)).filter((one) => one !== null).sort((a, b) => (a.name < b.name ? -1 : 1));

/** Nothing is said of those that have nothing here. */
export const reported = (deps: ViewDeps): LocalReport['desktops'] =>
  localDesktops(deps).filter((one) => one.synced !== null || one.syncing !== null || one.state !== 'off' || one.madeFrom !== null)
    .map(({ id, state, synced, syncing, madeFrom, user, startedAt }) => ({ insId: id as LocalReport['desktops'][number]['insId'], state, synced, syncing, madeFrom, user, startedAt }));

