// Middle stretch of the log of a guest's serial port: CLC → CC → NC, with the same ticket. The CLC never dials a node.
import { SerialLog } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { callTier, type Rest } from '@educloud/rest';
import type { Nodes } from '../nodes.ts';

const NODE_MS = 6000;

export function serialLogRoute(rest: Rest, deps: { nodes: Nodes }): void {
  rest.route({ method: 'GET', path: '/cc/api/1.0/serial-log', need: 'ticket', summary: 'The end of the log of a guest’s serial port, for the CLC', reply: SerialLog }, async ({ caller, headers, signal }) => {
    const ticket = caller.kind === 'ticket' && caller.claims.action === 'serial-log' ? caller.claims : null;
    const node = ticket && deps.nodes.get(ticket.ncId);
    if (!ticket || !node) throw new CloudError('TICKET_INVALID', 'the ticket is not for a node of this cluster');
    return { body: await callTier({ baseUrl: node.url, path: '/nc/api/1.0/serial-log', headers: { authorization: headers.authorization ?? '' }, schema: SerialLog, timeoutMs: NODE_MS, signal }) };
  });
}
