// instance/pause on the node: the guest's processors stand still.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export function pauseJobs({ hypervisor }: Deps): AnyJobHandler[] {
  return [
    defineJob<'pauseDomain'>({
      job: 'pauseDomain',
      async do({ insId }) {
        await hypervisor.pause(insId);
        return {};
      },
    }),
  ];
}
