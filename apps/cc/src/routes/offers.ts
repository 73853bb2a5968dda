// A host asks what it may run. It proves who it is as in every message of a node: the body is a sealed envelope.
import { Envelope, PulledOffers, PullOffers } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import { requireSeal } from '@educloud/tickets';
import type { ClusterOffers } from '../local-offers.ts';
import type { Roster } from '../roster.ts';

export function offerRoutes(rest: Rest, deps: { offers: ClusterOffers; roster: Pick<Roster, 'keyOf'> }): void {
  rest.route({ method: 'POST', path: '/cc/api/1.0/offers', need: 'join', summary: 'What a host of this cluster may run, with leases; the body is a sealed envelope `lvdpull`', body: Envelope, reply: PulledOffers }, async ({ body }) => {
    const hostId = body.source?.node ?? '';
    const key = body.name === 'lvdpull' && hostId.startsWith('nc-') ? await deps.roster.keyOf(hostId) : null;
    if (key === null) throw new CloudError('WRONG_NODE', `${hostId || 'nobody'} is not a host of this cluster`);
    requireSeal(body, key);
    const asked = PullOffers.safeParse(body.body);
    if (!asked.success) throw new CloudError('MESSAGE_INVALID', `lvdpull ${body.id}: ${asked.error.issues[0]?.message ?? 'malformed'}`);
    return { body: await deps.offers.pull(hostId, body.id, asked.data) };
  });
}
