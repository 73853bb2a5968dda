// instance/reboot on the node: off within its grace, else by force, and on again. Killed in between and asked again it finds the guest off and starts it.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';
import { startGuest } from '../image-create/run.ts';
import { stopGuest } from '../image-create/stop.ts';

export function rebootJobs(deps: Deps): AnyJobHandler[] {
  return [
    defineJob<'rebootDomain'>({
      job: 'rebootDomain',
      slot: 'boot',
      serialKey: ({ guest }) => guest.insId,
      async do({ guest, graceMs, force }, { signal }) {
        const how = await stopGuest(deps.hypervisor, guest.insId, force ? 0 : graceMs, deps.now, signal);
        await startGuest(deps, guest);
        return { how };
      },
    }),
  ];
}
