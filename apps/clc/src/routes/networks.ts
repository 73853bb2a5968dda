// Networks of clusters: what an administrator reads and writes, and what each cluster controller pulls and reports. Parse by contract → call one command → reply.
import { AddressQuery, AddressView, ClusterNetworkApplied, ClusterNetworkSettings, ClusterNetworkState, ClusterNetworkView, ClusterParams, EmptyBody, page, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Caller, Rest } from '@educloud/rest';
import { modifyNetwork, type NetworkDeps } from '../commands/network-modify.ts';
import { reportNetworkApplied } from '../commands/network-applied.ts';
import { clusterByName } from '../network/setting.ts';
import { clusterState } from '../network/state.ts';
import type { DaemonRow } from '../store/interface.ts';
import { etag, ifMatch } from './etag.ts';
import { addressViews, networkViews } from './network-view.ts';

const PATH = '/clc/api/1.0/clusters/:cluster/network';

export function networkRoutes(rest: Rest, deps: NetworkDeps & { quarantineMs: number }): void {
  const { read } = deps.store;
  async function cluster(name: string): Promise<DaemonRow> {
    const found = await clusterByName(read, name);
    if (!found) throw new CloudError('NOT_FOUND', say('noCluster', { name }));
    return found;
  }
  const view = async (cc: DaemonRow): Promise<ClusterNetworkView> => (await networkViews(read, [cc]))[0] as ClusterNetworkView;

  rest.route({ method: 'GET', path: '/clc/api/1.0/networks', need: 'admin', summary: 'The networks of all clusters, with how full their pools are', reply: page(ClusterNetworkView) }, async () => ({
    body: { items: await networkViews(read, await read.daemons.daemons({ role: 'cc' })), next: null },
  }));
  rest.route({ method: 'GET', path: PATH, need: 'admin', summary: 'The network of a cluster, by its id or name, with its revision as ETag', params: ClusterParams, reply: ClusterNetworkView }, async ({ params }) => {
    const body = await view(await cluster(params.cluster));
    return { headers: etag(body), body };
  });
  rest.route({ method: 'PUT', path: PATH, need: 'admin', summary: 'The network of a cluster: all of it (If-Match); what is leased stays', params: ClusterParams, body: ClusterNetworkSettings, reply: ClusterNetworkView, maxBodyBytes: 64 * 1024 }, async ({ params, body, headers }) => {
    const cc = await cluster(params.cluster);
    await modifyNetwork(deps, cc, body, ifMatch(headers));
    const now = await view(cc);
    return { headers: etag(now), body: now };
  });
  rest.route({ method: 'GET', path: `${PATH}/addresses`, need: 'admin', summary: 'Addresses and ports of its pools, with whose they are', params: ClusterParams, query: AddressQuery, reply: page(AddressView) }, async ({ params, query }) => {
    const { id } = await cluster(params.cluster);
    const { limit, cursor, kind, state } = query;
    const rows = await read.networks.addresses({ ccId: id, kind, state, after: cursor === undefined ? undefined : placeOf(cursor), limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return { body: { items: await addressViews(read, shown), next: last && rows.length > limit ? Buffer.from(`${last.kind},${last.place}`).toString('base64url') : null } };
  });

  rest.route({ method: 'GET', path: '/clc/api/1.0/cluster/network', need: 'node', summary: 'What is to be true of its network at the cluster controller that asks', reply: ClusterNetworkState }, async ({ caller }) => ({
    body: await clusterState(read, controllerOf(caller)),
  }));
  rest.route({ method: 'POST', path: '/clc/api/1.0/cluster/network/applied', need: 'node', summary: 'What is true of it now, and what was refused', body: ClusterNetworkApplied, reply: EmptyBody, maxBodyBytes: 4 * 1024 * 1024 }, async ({ caller, body }) => {
    await reportNetworkApplied(deps, controllerOf(caller), body);
    return { body: {} };
  });
}

function controllerOf(caller: Caller): string {
  if (caller.kind !== 'node' || !caller.nodeId.startsWith('cc-')) throw new CloudError('FORBIDDEN', say('onlyCcHasNodes'));
  return caller.nodeId;
}

function placeOf(cursor: string): { kind: string; place: number } {
  const [kind, place] = Buffer.from(cursor, 'base64url').toString().split(',');
  if (!kind || !place || !/^\d{1,16}$/.test(place)) throw new CloudError('BAD_REQUEST', say('notOurCursor'), { data: { field: 'cursor' } });
  return { kind, place: Number(place) };
}
