// instance/stop on the cluster: what led to the instance is gone as soon as a state without it is applied.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export function closeJobs({ network }: Pick<Deps, 'network'>): AnyJobHandler[] {
  return [
    defineJob<'closeAccess'>({
      job: 'closeAccess',
      async do({ rev }) {
        await network.atLeast(rev);
        return {};
      },
    }),
  ];
}
