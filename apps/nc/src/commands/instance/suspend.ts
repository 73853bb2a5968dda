// instance/suspend on the node: the guest's memory goes to disk, and it is off.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';
import { resumeGuest } from './resume.ts';

export function suspendJobs(deps: Deps): AnyJobHandler[] {
  return [
    defineJob<'suspendDomain'>({
      job: 'suspendDomain',
      slot: 'disk',
      serialKey: ({ guest }) => guest.insId,
      async do({ guest }) {
        await deps.hypervisor.save(guest.insId);
        return {};
      },
      async undo({ guest, paused }) {
        if (await deps.hypervisor.isSaved(guest.insId)) await resumeGuest(deps, guest);
        // Also one that a first attempt has let go on.
        if (paused && (await deps.hypervisor.state(guest.insId)) === 'running') await deps.hypervisor.pause(guest.insId);
      },
    }),
  ];
}
