// instance/run on the cluster: what leads to the instance is true before its guest boots: DHCP entry, forwards, public address.
import { CloudError } from '@educloud/errors';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export function openJobs({ network }: Pick<Deps, 'network'>): AnyJobHandler[] {
  return [
    defineJob<'openAccess'>({
      job: 'openAccess',
      async do({ insId, rev }) {
        const { refused } = await network.atLeast(rev);
        const mine = refused.find((r) => r.insId === insId);
        if (mine) throw new CloudError(mine.code, mine.why, { retryable: false });
        return {};
      },
      async undo() {
        // The revision is that of the opening: a pass that began before the closing would be new enough for it.
        await network.fresh();
      },
    }),
  ];
}
