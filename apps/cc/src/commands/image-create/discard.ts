// image/create/discard on the cluster: what was staged goes, and the pins of the instance.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export function discardJobs({ cache, staging }: Deps): AnyJobHandler[] {
  return [
    defineJob<'discardStaging'>({
      job: 'discardStaging',
      interrupts: true,
      async do({ insId, imageId, version }) {
        await staging.discard({ imageId, version });
        await cache.unpin(insId);
        return {};
      },
    }),
  ];
}
