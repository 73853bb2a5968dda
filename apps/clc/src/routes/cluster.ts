// What a CC asks of the CLC: its own nodes, to be able to rank right after a restart.
import { DaemonView, page, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import { nodeViews, type NodeViewDeps } from './node-view.ts';

export function clusterRoutes(rest: Rest, deps: NodeViewDeps): void {
  rest.route({ method: 'GET', path: '/clc/api/1.0/cluster/nodes', need: 'node', summary: 'The nodes of the cluster that asks', reply: page(DaemonView) }, async ({ caller }) => {
    const ccId = caller.kind === 'node' ? caller.nodeId : '';
    if (!ccId.startsWith('cc-')) throw new CloudError('FORBIDDEN', say('onlyCcHasNodes'));
    return { body: { items: await nodeViews(deps, await deps.store.read.daemons.daemons({ role: 'nc', ccId })), next: null } };
  });
}
