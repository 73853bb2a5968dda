// image/create/discard on the node: jobs under way end, the guest goes, its files and pins go. Ordered by cancel, delete and a registered submit only.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';
import { throwAway } from '../../throw-away.ts';

export function discardJobs(deps: Deps): AnyJobHandler[] {
  return [
    defineJob<'discardInstance'>({
      job: 'discardInstance',
      interrupts: true,
      async do({ insId, keepData = false }) {
        await deps.hypervisor.ensureAbsent(insId);
        await throwAway(deps.paths, insId, { keepData });
        await deps.cache.unpin(insId);
        return {};
      },
    }),
  ];
}
