// orphan/remove on the cluster: pins of instances that are gone, files that were on their way, partial downloads.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import { parseImageFileName } from '@educloud/images';
import type { Deps } from '../deps.ts';

export function orphanJobs({ cache, staging }: Deps): AnyJobHandler[] {
  return [
    defineJob<'removeFromCluster'>({
      job: 'removeFromCluster',
      serialKey: ({ name }) => name,
      async do({ kind, name }) {
        const image = parseImageFileName(`${name}.raw`);
        if (kind === 'instance') await cache.unpin(name);
        else if (kind === 'upload' && image) await staging.discard(image);
        else if (kind === 'part' && image) await cache.removeStray(image);
        return { kept: '' };
      },
    }),
  ];
}
