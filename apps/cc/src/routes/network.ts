// The CLC says that something of the network is to be otherwise. Only a hint: what is to be true is pulled, and looked at once a minute all the same.
import { EmptyBody } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { Rest } from '@educloud/rest';
import type { NetworkKeeper } from '../network/keeper.ts';

export function networkRoute(rest: Rest, deps: { network: Pick<NetworkKeeper, 'fresh'>; id(): string; log: Pick<Logger, 'warn'> }): void {
  rest.route({ method: 'POST', path: '/cc/api/1.0/network/look', need: 'ticket', summary: 'Looks at once what the network of the cluster is to be; answers before that is done', body: EmptyBody, reply: EmptyBody }, async ({ caller }) => {
    if (caller.kind !== 'ticket' || caller.claims.action !== 'cluster/call' || caller.claims.ccId !== deps.id()) throw new CloudError('TICKET_INVALID', 'the ticket is not for this cluster');
    deps.network.fresh().catch((e: unknown) => deps.log.warn({ err: e }, 'the network of the cluster could not be applied; it is tried again'));
    return { body: {} };
  });
}
