// What this node holds for the cloud: instances by domain, folder and pin, and partial downloads. For its inventory.
import { readdir } from 'node:fs/promises';
import type { HeldItem } from '@educloud/contracts';
import { versionName, type ImageCache } from '@educloud/images';
import { takenBytes } from '../disk-room.ts';
import type { Hypervisor } from '../drivers/hypervisor/interface.ts';
import { exists } from '../files.ts';
import { INSTANCE, type NodePaths } from '../paths.ts';

export async function heldHere({ hypervisor, paths, cache }: { hypervisor: Hypervisor; paths: NodePaths; cache: ImageCache }): Promise<HeldItem[]> {
  const domains = new Map((await hypervisor.list()).map((d) => [d.insId, d.state]));
  const folders = new Set((await readdir(paths.instances).catch(() => [])).filter((name) => INSTANCE.test(name)));
  const pinned = new Set([...cache.pins().values()].flat());
  const instances = await Promise.all(
    [...new Set([...domains.keys(), ...folders, ...pinned])].map(async (name): Promise<HeldItem> => {
      const state = domains.get(name);
      const folder = folders.has(name);
      return {
        kind: 'instance', name,
        holds: [...(state ? (['domain'] as const) : []), ...(folder ? (['disk'] as const) : []), ...(pinned.has(name) ? (['pin'] as const) : [])],
        running: state === 'running' || state === 'paused' || state === 'shutting-down',
        booted: folder && (await exists(paths.booted(name))),
        sizeBytes: folder ? await takenBytes(paths.instance(name)) : 0,
      };
    }),
  );
  const parts = (await cache.strays()).map((part): HeldItem => ({ kind: 'part', name: versionName(part), sizeBytes: part.sizeBytes, holds: [], running: false, booted: false }));
  return [...instances.filter((i) => INSTANCE.test(i.name)), ...parts];
}
