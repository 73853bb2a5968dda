// Everything of this host at one moment: hardware, load, guests, disks, images. Called by commands/host-pull.
import { SNAPSHOT_ITEMS, type DaemonFacts, type HeldItem, type HostSnapshot } from '@educloud/contracts';
import { versionName, type ImageCache } from '@educloud/images';
import type { Vitals } from '@educloud/membership';
import type { Hypervisor } from '../drivers/hypervisor/interface.ts';

export interface SnapshotDeps {
  facts(): Promise<DaemonFacts>;
  vitals(): Promise<Vitals>;
  /** All guests, those of local desktops too. */
  hypervisor: Pick<Hypervisor, 'list'>;
  held(): Promise<HeldItem[]>;
  cache: Pick<ImageCache, 'list'>;
  now(): number;
}

export async function takeSnapshot(deps: SnapshotDeps): Promise<HostSnapshot> {
  // Without its hypervisor a host still has the rest to tell; its facts name the fault.
  const [facts, { load1, memoryFreeMiB, freeDiskBytes }, guests, held] = await Promise.all([deps.facts(), deps.vitals(), deps.hypervisor.list().catch(() => []), deps.held().catch(() => [])]);
  const disks = held.filter((item) => item.holds.includes('disk'));
  const images = deps.cache.list();
  return {
    at: deps.now(), facts, load: { load1, memoryFreeMiB, freeDiskBytes },
    guests: { count: guests.length, items: guests.slice(0, SNAPSHOT_ITEMS).map(({ insId, state }) => ({ name: insId, state })) },
    disks: { count: disks.length, bytes: disks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), items: disks.slice(0, SNAPSHOT_ITEMS).map(({ name, sizeBytes }) => ({ name, bytes: sizeBytes })) },
    images: { count: images.length, items: images.slice(0, SNAPSHOT_ITEMS).map(({ image, state }) => ({ name: versionName(image), complete: state === 'complete' })) },
  };
}
