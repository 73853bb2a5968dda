// What the CC asks of the CLC, beside its own registration.
import { z } from 'zod';
import { ClusterNetworkState, ClusterNode, OffersForCluster, page, RegisterReply, type AskOffers, type ClusterNetworkApplied, type RegisterRequest } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { callTier } from '@educloud/rest';

export interface ClcClient {
  /** Passes a node's registration up. */
  registerNode(request: RegisterRequest): Promise<z.infer<typeof RegisterReply>>;
  /** The nodes the CLC knows of this cluster: to be able to rank, and to know who speaks, right after a restart. */
  myNodes(): Promise<ClusterNode[]>;
  /** Everything that is to be true on this cluster controller, so that guests are reached. */
  getNetwork(): Promise<ClusterNetworkState>;
  /** Which revision of it is true now, and what of it is not. */
  reportApplied(applied: ClusterNetworkApplied): Promise<void>;
  /** What one of our hosts may run. */
  offers(ask: AskOffers): Promise<OffersForCluster>;
}

export function createClcClient(deps: { clcUrl: string; clusterName: string; credentials(): { id: string; secret: string } | null }): ClcClient {
  const headers = (): Record<string, string> => {
    const mine = deps.credentials();
    if (!mine) throw new CloudError('NOT_READY', 'the cluster controller has not registered with the CLC yet');
    return { authorization: `Node ${mine.id}:${mine.secret}` };
  };
  return {
    registerNode: (request) => callTier({ baseUrl: deps.clcUrl, path: `/clc/api/1.0/register/nc/${deps.clusterName}`, method: 'POST', body: request, headers: headers(), schema: RegisterReply, timeoutMs: 15_000 }),
    async myNodes() {
      const reply = await callTier({ baseUrl: deps.clcUrl, path: '/clc/api/1.0/cluster/nodes', method: 'GET', headers: headers(), schema: page(ClusterNode), timeoutMs: 15_000 });
      return reply.items;
    },
    getNetwork: () => callTier({ baseUrl: deps.clcUrl, path: '/clc/api/1.0/cluster/network', method: 'GET', headers: headers(), schema: ClusterNetworkState, timeoutMs: 15_000 }),
    async reportApplied(applied) {
      await callTier({ baseUrl: deps.clcUrl, path: '/clc/api/1.0/cluster/network/applied', method: 'POST', body: applied, headers: headers(), schema: z.unknown(), timeoutMs: 15_000 });
    },
    offers: (ask) => callTier({ baseUrl: deps.clcUrl, path: '/clc/api/1.0/cluster/offers', method: 'POST', body: ask, headers: headers(), schema: OffersForCluster, timeoutMs: 8_000 }),
  };
}
