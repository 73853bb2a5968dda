// Daemons as lists and details, join tokens, and the admin's switch.
import { CreateJoinToken, DaemonView, FenceNode, JoinTokenView, ModifyHost, PageQuery, Role, page, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import { z } from 'zod';
import type { SagaOrders } from '@educloud/saga';
import { setDuty } from '../commands/host-duty.ts';
import { modifyHost } from '../commands/host-modify.ts';
import { removeHost } from '../commands/host-remove.ts';
import { fenceNode } from '../commands/node-fence.ts';
import { createJoinToken } from '../commands/node-token-create.ts';
import type { Deps } from '../deps.ts';
import type { Liveness } from '../liveness.ts';
import type { RandomBytes } from '@educloud/contracts';
import type { LedgerRules } from '../status/node-limits.ts';
import type { DaemonRow, Store, Tx } from '../store/interface.ts';
import { namedDaemon } from './named-daemon.ts';
import { nodeViews, type NodeViewDeps } from './node-view.ts';

export interface NodeRouteDeps extends NodeViewDeps { store: Store; liveness: Pick<Liveness, 'registered'>; saga: SagaOrders<Tx>; tellCluster: Deps['tellCluster']; ledger: LedgerRules; now(): number; random: RandomBytes }

const ListQuery = z.strictObject({ role: Role.optional(), limit: PageQuery.shape.limit.unwrap().optional(), cursor: PageQuery.shape.cursor });

function placeOf(cursor: string): { role: string; name: string } {
  const [role, name] = Buffer.from(cursor, 'base64url').toString().split(',');
  if (!role || !name) throw new CloudError('BAD_REQUEST', say('notOurCursor'), { data: { field: 'cursor' } });
  return { role, name };
}

const Params = z.object({ id: z.string().min(1).max(63) });

export function nodeRoutes(rest: Rest, deps: NodeRouteDeps): void {
  const { daemons } = deps.store.read;
  const find = (idOrName: string): Promise<DaemonRow> => namedDaemon(deps.store.read, idOrName);
  const view = async (row: DaemonRow): Promise<DaemonView> => (await nodeViews(deps, [row]))[0] as DaemonView;

  rest.route(
    { method: 'GET', path: '/clc/api/1.0/nodes', need: 'user', summary: 'The daemons of the cloud by role and name; all, or page by page when a limit is given', query: ListQuery, reply: page(DaemonView) },
    async ({ query }) => {
      const { limit } = query;
      const after = query.cursor === undefined ? undefined : placeOf(query.cursor);
      const rows = await daemons.daemons({ ...(query.role ? { role: query.role } : {}), ...(after ? { after } : {}), ...(limit ? { limit: limit + 1 } : {}) });
      const shown = limit ? rows.slice(0, limit) : rows;
      const last = shown.at(-1);
      return { body: { items: await nodeViews(deps, shown), next: last && rows.length > shown.length ? Buffer.from(`${last.role},${last.name}`).toString('base64url') : null } };
    },
  );
  rest.route({ method: 'GET', path: '/clc/api/1.0/nodes/:id', need: 'user', summary: 'One daemon, by id or name', params: Params, reply: DaemonView }, async ({ params }) => ({ body: await view(await find(params.id)) }));
  rest.route(
    { method: 'POST', path: '/clc/api/1.0/nodes/tokens', need: 'admin', summary: 'A one-use join token for a role and, if given, a name', body: CreateJoinToken, reply: JoinTokenView, status: 201, secretAnswer: true },
    async ({ body, caller }) => ({ body: await createJoinToken({ ...deps, daemons }, body, caller.kind === 'user' ? caller.user : '') }),
  );
  rest.route({ method: 'POST', path: '/clc/api/1.0/nodes/:id/fence', need: 'admin', summary: 'The word that a node which is down is switched off: nobody waits for it any more', params: Params, body: FenceNode, reply: DaemonView }, async ({ params, caller }) => {
    const { id } = await find(params.id);
    await fenceNode(deps, id, caller.kind === 'user' ? caller.user : '');
    return { body: await view(await find(id)) };
  });
  for (const [verb, duty, summary] of [['enable', 'enabled', 'Allow placing new work there'], ['drain', 'draining', 'Place nothing new there; what is there goes on'], ['disable', 'disabled', 'Place nothing there and start nothing there; what runs goes on']] as const) {
    rest.route({ method: 'POST', path: `/clc/api/1.0/nodes/:id/${verb}`, need: 'admin', summary, params: Params, reply: DaemonView }, async ({ params }) => {
      const row = await find(params.id);
      if (duty === 'draining' && row.role !== 'nc') throw new CloudError('BAD_REQUEST', say('onlyNodesRunGuests', { name: row.name, role: row.role }), { data: { fields: [{ field: 'id', message: 'no node' }] } });
      await setDuty(deps, row.id, duty);
      return { body: await view(await find(row.id)) };
    });
  }
  rest.route({ method: 'PATCH', path: '/clc/api/1.0/nodes/:id', need: 'admin', summary: 'Properties of a host: owner group, location, MAC, overcommit; of a cluster how it chooses nodes', params: Params, body: ModifyHost, reply: DaemonView, maxBodyBytes: 16 * 1024 }, async ({ params, body }) => {
    const { id } = await find(params.id);
    await modifyHost(deps, id, body);
    return { body: await view(await find(id)) };
  });
  rest.route({ method: 'DELETE', path: '/clc/api/1.0/nodes/:id', need: 'admin', summary: 'Forget a daemon that is gone for good; refused with what is still there', params: Params, status: 204 }, async ({ params }) => {
    await removeHost(deps, (await find(params.id)).id);
    return { status: 204 };
  });
}
