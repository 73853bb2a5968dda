// node/fence on the node: it was declared switched off, so none of its guests may run. Their disks stay.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../deps.ts';

export function fenceJobs({ hypervisor, heldChanged }: Deps): AnyJobHandler[] {
  return [
    defineJob<'stopGuests'>({
      job: 'stopGuests',
      serialKey: () => 'node',
      async do() {
        const alive = (await hypervisor.list()).filter(({ state }) => state !== 'shutoff' && state !== 'crashed');
        for (const { insId } of alive) await hypervisor.ensureStopped(insId);
        heldChanged();
        return { stopped: alive.length };
      },
    }),
  ];
}
