// node/fence on the node: it was declared switched off, so none of its guests may run. Their disks stay.
import { say } from '@educloud/contracts';
import { asCloudError, CloudError, whyOf } from '@educloud/errors';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../deps.ts';

export function fenceJobs({ hypervisor, heldChanged }: Deps): AnyJobHandler[] {
  return [
    defineJob<'stopGuests'>({
      job: 'stopGuests',
      serialKey: () => 'node',
      async do() {
        const alive = (await hypervisor.list()).filter(({ state }) => state !== 'shutoff' && state !== 'crashed');
        const failures: unknown[] = [];
        for (const { insId } of alive) await hypervisor.ensureStopped(insId).catch((e: unknown) => failures.push(e));
        heldChanged();
        // One that does not stop now must not keep the others running, and is tried again.
        if (failures.length > 0) throw new CloudError('HYPERVISOR_FAILED', say('guestsDoNotStop', { failed: failures.length, all: alive.length, why: whyOf(asCloudError(failures[0])) }), { retryable: true, cause: failures[0] });
        return { stopped: alive.length };
      },
    }),
  ];
}
