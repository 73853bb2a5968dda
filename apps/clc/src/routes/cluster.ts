// What a CC asks of the CLC: its own nodes, to be able to rank right after a restart, and to know what they wrote.
import { ClusterNode, page, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import { messageKeyOfHash } from '@educloud/tickets';
import { nodeViews, type NodeViewDeps } from './node-view.ts';

export function clusterRoutes(rest: Rest, deps: NodeViewDeps): void {
  rest.route({ method: 'GET', path: '/clc/api/1.0/cluster/nodes', need: 'node', summary: 'The nodes of the cluster that asks', reply: page(ClusterNode), secretAnswer: true }, async ({ caller }) => {
    const ccId = caller.kind === 'node' ? caller.nodeId : '';
    if (!ccId.startsWith('cc-')) throw new CloudError('FORBIDDEN', say('onlyCcHasNodes'));
    const rows = await deps.store.read.daemons.daemons({ role: 'nc', ccId });
    const keys = new Map(rows.map((row) => [row.id, messageKeyOfHash(row.secretHash)]));
    return { body: { items: (await nodeViews(deps, rows)).map((view) => ({ ...view, messageKey: keys.get(view.id) ?? '' })), next: null } };
  });
}
