// image/create/discard on the node: jobs under way end, the guest goes, its files and pins go. Ordered by cancel, delete and a registered submit only.
import { rm } from 'node:fs/promises';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export function discardJobs(deps: Deps): AnyJobHandler[] {
  return [
    defineJob<'discardInstance'>({
      job: 'discardInstance',
      interrupts: true,
      async do({ insId }) {
        await deps.hypervisor.ensureAbsent(insId);
        await rm(deps.paths.instance(insId), { recursive: true, force: true });
        await deps.cache.unpin(insId);
        return {};
      },
    }),
  ];
}
