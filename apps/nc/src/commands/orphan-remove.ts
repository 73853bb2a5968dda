// orphan/remove on the node: what nothing needs goes. A disk that has booted, or whose guest runs, stays unless the CLC says that its instance has ended.
import { rm } from 'node:fs/promises';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import { parseImageFileName } from '@educloud/images';
import type { Deps } from '../deps.ts';
import { exists } from '../files.ts';

export function orphanJobs(deps: Deps): AnyJobHandler[] {
  const { hypervisor, paths, cache } = deps;
  return [
    defineJob<'removeFromNode'>({
      job: 'removeFromNode',
      serialKey: ({ name }) => name,
      async do({ kind, name, evenBooted }) {
        if (kind !== 'instance') {
          const image = parseImageFileName(`${name}.raw`);
          if (kind === 'part' && image) await cache.removeStray(image);
          return { kept: '' };
        }
        if (!evenBooted && (await exists(paths.booted(name)))) return { kept: 'its disk has booted' };
        if (!evenBooted && !['absent', 'shutoff', 'crashed'].includes(await hypervisor.state(name))) return { kept: 'its guest runs' };
        await hypervisor.ensureAbsent(name);
        await rm(paths.instance(name), { recursive: true, force: true });
        await cache.unpin(name);
        deps.heldChanged();
        return { kept: '' };
      },
    }),
  ];
}
