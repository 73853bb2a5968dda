// Local desktops as the cloud knows them: on which hosts they are, and what was run there.
import { z } from 'zod';
import { HostDesktopView, InstanceId, LocalHostView, LocalUseQuery, LocalUseView, page, PageQuery } from '@educloud/contracts';
import type { Rest } from '@educloud/rest';
import type { Store } from '../store/interface.ts';
import { ownInstance, userOf } from './caller.ts';
import { namedDaemon } from './named-daemon.ts';

export function localRoutes(rest: Rest, deps: { store: Pick<Store, 'read'> }): void {
  const { read } = deps.store;
  const named = async (ids: string[]) => new Map((await read.daemons.daemonsByIds([...new Set(ids)])).map((row) => [row.id, row]));

  rest.route({ method: 'GET', path: '/clc/api/1.0/instances/:insid/hosts', need: 'user', summary: 'The hosts that have a local desktop: which version is there, and what runs', params: z.object({ insid: InstanceId }), query: PageQuery, reply: page(LocalHostView) }, async ({ params, query, caller }) => {
    await ownInstance(read, params.insid, caller);
    const rows = await read.local.localDesktopsOf(params.insid);
    const hosts = await named(rows.map((row) => row.hostId));
    const items = rows.map(({ epoch: _epoch, seq: _seq, insId: _insId, ...row }): LocalHostView => ({ ...row, hostName: hosts.get(row.hostId)?.name ?? row.hostId, hostState: hosts.get(row.hostId)?.state ?? 'new' }));
    const after = query.cursor === undefined ? '' : Buffer.from(query.cursor, 'base64url').toString();
    const further = items.sort((a, b) => (a.hostName < b.hostName ? -1 : 1)).filter(({ hostName }) => hostName > after);
    const shown = further.slice(0, query.limit);
    return { body: { items: shown, next: further.length > shown.length ? Buffer.from(shown.at(-1)?.hostName ?? '').toString('base64url') : null } };
  });
  rest.route({ method: 'GET', path: '/clc/api/1.0/nodes/:id/desktops', need: 'admin', summary: 'The local desktops that a host has: which version is there, and what runs', params: z.object({ id: z.string().min(1).max(63) }), reply: page(HostDesktopView) }, async ({ params }) => {
    const host = await namedDaemon(read, params.id);
    // As many as a host reports at once, so all of them.
    const rows = await read.local.localDesktopsAt(host.id);
    const names = new Map((await read.userInstances.userInstancesByIds(rows.map((row) => row.insId))).map((row) => [row.id, row.name]));
    return { body: { items: rows.map(({ epoch: _epoch, seq: _seq, hostId: _hostId, ...row }): HostDesktopView => ({ ...row, name: names.get(row.insId) ?? row.insId })), next: null } };
  });
  rest.route({ method: 'GET', path: '/clc/api/1.0/local/uses', need: 'user', summary: 'What was run on hosts, newest first; of your own definitions, of all for an admin', query: LocalUseQuery, reply: page(LocalUseView) }, async ({ query, caller }) => {
    const { user, role } = userOf(caller);
    const { instance, host, ...asked } = query;
    const found = await read.local.localUses({ ...asked, insId: instance, hostId: host, owner: role === 'admin' ? undefined : user });
    const hosts = await named(found.items.map((row) => row.hostId));
    const items = found.items.map(({ createdAt: _createdAt, ...row }) => ({ ...row, hostName: hosts.get(row.hostId)?.name ?? row.hostId }) as LocalUseView);
    return { body: { items, next: found.next } };
  });
}
