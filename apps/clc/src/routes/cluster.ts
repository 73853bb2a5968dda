// What a CC asks of the CLC: its own nodes, to be able to rank right after a restart, and to know what they wrote; and what its hosts may run.
import { AskOffers, ClusterNode, OffersForCluster, page, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Caller, Rest } from '@educloud/rest';
import { messageKeyOfHash } from '@educloud/tickets';
import { offersFor, type OfferDeps } from '../commands/local-offers.ts';
import { nodeViews, type NodeViewDeps } from './node-view.ts';

export function clusterRoutes(rest: Rest, deps: NodeViewDeps & OfferDeps): void {
  rest.route({ method: 'GET', path: '/clc/api/1.0/cluster/nodes', need: 'node', summary: 'The nodes of the cluster that asks', reply: page(ClusterNode), secretAnswer: true }, async ({ caller }) => {
    const ccId = ccOf(caller);
    const rows = await deps.store.read.daemons.daemons({ role: 'nc', ccId });
    const keys = new Map(rows.map((row) => [row.id, messageKeyOfHash(row.secretHash)]));
    return { body: { items: (await nodeViews(deps, rows)).map((view) => ({ ...view, messageKey: keys.get(view.id) ?? '' })), next: null } };
  });
  rest.route({ method: 'POST', path: '/clc/api/1.0/cluster/offers', need: 'node', summary: 'What a host of the cluster that asks may run, with leases', body: AskOffers, reply: OffersForCluster, secretAnswer: true }, async ({ body, caller }) => ({ body: await offersFor(deps, body, ccOf(caller)) }));
}

function ccOf(caller: Caller): string {
  const ccId = caller.kind === 'node' ? caller.nodeId : '';
  if (!ccId.startsWith('cc-')) throw new CloudError('FORBIDDEN', say('onlyCcHasNodes'));
  return ccId;
}
