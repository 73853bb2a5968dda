// image/create/prepare on the cluster: the version is on its way into the cache and pinned. Nodes read behind the running fill.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export function prepareJobs({ cache }: Deps): AnyJobHandler[] {
  return [
    defineJob<'cacheImage'>({
      job: 'cacheImage',
      async do({ insId, image, source }) {
        await cache.start(insId, image, source);
        return {};
      },
      undo: ({ insId, image }) => cache.unpin(insId, image),
    }),
  ];
}
