// A host is woken, switched off, or asked what it has, by an administrator.
import { z } from 'zod';
import { DaemonView, EmptyBody, HostPullView, PowerOffHost } from '@educloud/contracts';
import type { Rest } from '@educloud/rest';
import { powerOffHost } from '../commands/host-poweroff.ts';
import { pulledOf, pullHost } from '../commands/host-pull.ts';
import { wakeHost } from '../commands/host-wake.ts';
import type { Deps } from '../deps.ts';
import type { DaemonRow } from '../store/interface.ts';
import { namedDaemon } from './named-daemon.ts';
import { nodeViews, type NodeViewDeps } from './node-view.ts';

const Params = z.object({ id: z.string().min(1).max(63) });

export function hostPowerRoutes(rest: Rest, deps: NodeViewDeps & Pick<Deps, 'store' | 'saga' | 'now'>): void {
  const find = (idOrName: string): Promise<DaemonRow> => namedDaemon(deps.store.read, idOrName);
  const view = async (row: DaemonRow): Promise<DaemonView> => (await nodeViews(deps, [row]))[0] as DaemonView;
  rest.route({ method: 'POST', path: '/clc/api/1.0/nodes/:id/wake', need: 'admin', summary: 'Wake a host by its network card', params: Params, body: EmptyBody.prefault({}), reply: DaemonView, status: 202 }, async ({ params }) => {
    const row = await find(params.id);
    await wakeHost(deps, row.id);
    return { body: await view(row) };
  });
  rest.route({ method: 'POST', path: '/clc/api/1.0/nodes/:id/poweroff', need: 'admin', summary: 'Switch a host off; not while somebody works on it, unless forced', params: Params, body: PowerOffHost.prefault({}), reply: DaemonView, status: 202 }, async ({ params, body }) => {
    const row = await find(params.id);
    await powerOffHost(deps, row.id, body.force);
    return { body: await view(row) };
  });
  rest.route({ method: 'POST', path: '/clc/api/1.0/nodes/:id/pull', need: 'admin', summary: 'Ask a node what it is and has, now', params: Params, body: EmptyBody.prefault({}), reply: HostPullView, status: 202 }, async ({ params }) => {
    const row = await find(params.id);
    await pullHost(deps, row.id);
    return { body: await pulledOf(deps.store.read, row) };
  });
  rest.route({ method: 'GET', path: '/clc/api/1.0/nodes/:id/pull', need: 'admin', summary: 'What a node answered when it was asked the last time', params: Params, reply: HostPullView }, async ({ params }) => ({ body: await pulledOf(deps.store.read, await find(params.id)) }));
}
