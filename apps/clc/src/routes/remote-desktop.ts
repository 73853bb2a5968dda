// GET /instances/{id}/rdp: a file that opens its remote desktop, as soon as that is reached, not before.
import { z } from 'zod';
import { InstanceId, remoteDesktopOf, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import type { Deps } from '../deps.ts';
import { remoteDesktopFile } from '../remote-desktop-file.ts';
import { ownInstance } from './caller.ts';
import { instanceView } from './instance-view.ts';

export function remoteDesktopRoute(rest: Rest, deps: Deps): void {
  rest.route({ method: 'GET', path: '/clc/api/1.0/instances/:insid/rdp', need: 'user', summary: 'A file (.rdp) that opens the instance’s remote desktop, while that is reached', params: z.object({ insid: InstanceId }) }, async ({ params, caller }) => {
    const { id, access, cloudInit } = await instanceView(deps, await ownInstance(deps.store.read, params.insid, caller));
    const desktop = remoteDesktopOf(access);
    if (!desktop) throw new CloudError('NOT_FOUND', say('noRemoteDesktop', { instance: id }), { todo: say('defineRemoteDesktop') });
    const { host, port, state, why } = desktop;
    if (state !== 'open' || host === null || port === null) throw new CloudError('GUEST_NOT_RUNNING', why ? say('remoteDesktopRefused', { instance: id, why }) : say('remoteDesktopClosed', { instance: id }), { data: { state } });
    return { headers: { 'Content-Type': 'application/x-rdp', 'Content-Disposition': `attachment; filename="${id}.rdp"` }, body: remoteDesktopFile({ host, port, user: cloudInit?.user ?? null }) };
  });
}
