// instance/unpause on the node: a paused guest goes on.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export function unpauseJobs({ hypervisor }: Deps): AnyJobHandler[] {
  return [
    defineJob<'unpauseDomain'>({
      job: 'unpauseDomain',
      async do({ insId }) {
        await hypervisor.resume(insId);
        const state = await hypervisor.state(insId);
        if (state !== 'running') throw new CloudError('GUEST_NOT_RUNNING', say('guestIs', { instance: insId, state }), { retryable: false });
        return {};
      },
    }),
  ];
}
