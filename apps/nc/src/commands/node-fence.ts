// node/fence on the node: it was declared switched off, so none of its guests may run. Their disks stay.
import { asCloudError, CloudError } from '@educloud/errors';
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
        if (failures.length > 0) throw new CloudError('HYPERVISOR_FAILED', `${failures.length} of ${alive.length} guests do not stop: ${asCloudError(failures[0]).message}`, { retryable: true, cause: failures[0] });
        return { stopped: alive.length };
      },
    }),
  ];
}
