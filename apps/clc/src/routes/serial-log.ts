// GET /instances/{id}/log: what it said on its serial port, as plain text; to those who may see the instance. Also while it is off, as long as it has a place.
import { z } from 'zod';
import { InstanceId, say, SerialLogQuery } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import type { Deps } from '../deps.ts';
import { askSerialLog } from '../neighbours/cc.ts';
import { ownInstance } from './caller.ts';

const TICKET_MS = 30_000;

export function serialLogRoute(rest: Rest, deps: Deps): void {
  const { read } = deps.store;
  rest.route({ method: 'GET', path: '/clc/api/1.0/instances/:insid/log', need: 'user', summary: 'The last lines (`tail`) of what the instance said on its serial port, as plain text', params: z.object({ insid: InstanceId }), query: SerialLogQuery }, async ({ params, query, caller }) => {
    const { id } = await ownInstance(read, params.insid, caller);
    const ncId = (await read.instances.instance(id))?.ncId ?? null;
    if (ncId === null) throw new CloudError('NOT_FOUND', say('noSerialLog', { instance: id }), { todo: say('runForLog') });
    const nc = await read.daemons.daemon(ncId);
    const cc = nc?.ccId ? await read.daemons.daemon(nc.ccId) : null;
    if (!nc || !cc) throw new CloudError('NODE_UNREACHABLE', say('clusterOfGuestGone'));
    const text = await askSerialLog(cc, deps.sign({ action: 'serial-log', tail: query.tail, insId: id, ncId, epoch: nc.epoch, nonce: Buffer.from(deps.random(12)).toString('base64url') }, TICKET_MS));
    return { headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: text };
  });
}
