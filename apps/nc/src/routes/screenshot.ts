// A small picture of a running guest's screen, for the CC. One at a time: a node has better things to do.
import { say, Thumbnail } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import { createOneUse } from '@educloud/tickets';
import type { Hypervisor } from '../drivers/hypervisor/interface.ts';
import { thumbnailOf } from '../screen/thumbnail.ts';

export function screenshotRoute(rest: Rest, deps: { hypervisor: Pick<Hypervisor, 'screenshot'>; identity(): { id: string; epoch: number } | null; now(): number }): void {
  const useOnce = createOneUse(deps.now);
  let taking = false;
  rest.route({ method: 'GET', path: '/nc/api/1.0/screenshot', need: 'ticket', summary: 'A small picture of a running guest’s screen, for the CC', reply: Thumbnail }, async ({ caller }) => {
    const ticket = caller.kind === 'ticket' && caller.claims.action === 'screenshot' ? caller.claims : null;
    const me = deps.identity();
    if (!ticket || !me || ticket.ncId !== me.id || ticket.epoch !== me.epoch) throw new CloudError('TICKET_INVALID', 'the ticket is not for this node as it is registered now');
    useOnce(ticket.nonce);
    if (taking) throw new CloudError('TOO_MANY_REQUESTS', say('screenBeingTaken'));
    taking = true;
    try {
      return { body: { png: thumbnailOf(await deps.hypervisor.screenshot(ticket.insId)).toString('base64') } };
    } finally {
      taking = false;
    }
  });
}
