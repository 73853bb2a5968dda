// instance/resume on the node: a guest whose memory was saved goes on with it. What cannot be restored stays saved.
import type { GuestSpec } from '@educloud/contracts';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';
import { cardsOf } from '../../network/cards.ts';

export function resumeJobs(deps: Deps): AnyJobHandler[] {
  return [
    defineJob<'resumeDomain'>({
      job: 'resumeDomain',
      slot: 'boot',
      serialKey: ({ guest }) => guest.insId,
      async do({ guest }) {
        await resumeGuest(deps, guest);
        return {};
      },
      async undo({ guest }) {
        // One that came up paused, its disk full or away, goes back as well: nothing else keeps its memory.
        if (['running', 'paused'].includes(await deps.hypervisor.state(guest.insId))) await deps.hypervisor.save(guest.insId);
      },
    }),
  ];
}

/** Its cards are guarded and its ports forwarded as at a start. */
export async function resumeGuest({ hypervisor, guards, accessIp }: Deps, guest: GuestSpec): Promise<void> {
  const nics = cardsOf(guest, accessIp());
  await guards.around(guest.insId, nics, () => hypervisor.restore({ insId: guest.insId, nics }));
}
