// Middle stretch of a guest's screen or serial console: CLC → CC → NC, with the same ticket. The CLC never dials a node.
import { WebSocketServer } from 'ws';
import { CloudError } from '@educloud/errors';
import { bridge, dialWebSocket, type Rest } from '@educloud/rest';
import type { Nodes } from '../nodes.ts';

export function consoleRoute(rest: Rest, deps: { nodes: Nodes }): void {
  const accept = new WebSocketServer({ noServer: true, maxPayload: 4 * 1024 * 1024 });
  rest.upgrade({ path: '/cc/api/1.0/console', need: 'ticket', summary: 'Screen or serial console of a running guest, for the CLC' }, async (request, socket, head, { caller }) => {
    const ticket = caller.kind === 'ticket' && caller.claims.action === 'console' ? caller.claims : null;
    const node = ticket && deps.nodes.get(ticket.ncId);
    if (!ticket || !node) throw new CloudError('TICKET_INVALID', 'the ticket is not for a node of this cluster');
    const onward = await dialWebSocket(socket, `${node.url.replace(/^http/, 'ws')}/nc/api/1.0/console`, { authorization: request.headers.authorization ?? '' }, `node ${node.name}`);
    accept.handleUpgrade(request, socket, head, (clc) => bridge(clc, onward));
  });
}
