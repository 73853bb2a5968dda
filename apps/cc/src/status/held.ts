// What this cluster controller holds for the cloud: pins, files on their way up, partial downloads. For its inventory.
import type { HeldItem } from '@educloud/contracts';
import { versionName } from '@educloud/images';
import type { Deps } from '../deps.ts';

export async function heldHere({ cache, staging }: Pick<Deps, 'cache' | 'staging'>): Promise<HeldItem[]> {
  const nothing = { holds: [], running: false, booted: false };
  const owners = [...new Set([...cache.pins().values()].flat())].filter((name) => /^ins-[0-9a-f]{8}$/.test(name));
  const uploads = new Map((await staging.list()).map((upload) => [versionName(upload), upload.sizeBytes]));
  return [
    ...owners.map((name): HeldItem => ({ ...nothing, kind: 'instance', name, holds: ['pin'], sizeBytes: 0 })),
    ...[...uploads].map(([name, sizeBytes]): HeldItem => ({ ...nothing, kind: 'upload', name, sizeBytes })),
    ...(await cache.strays()).map((part): HeldItem => ({ ...nothing, kind: 'part', name: versionName(part), sizeBytes: part.sizeBytes })),
  ];
}
