// Middle stretch of a small picture of a guest's screen: CLC → CC → NC, with the same ticket. The CLC never dials a node.
import { Thumbnail } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { callTier, type Rest } from '@educloud/rest';
import type { Nodes } from '../nodes.ts';

const NODE_MS = 6000;

export function screenshotRoute(rest: Rest, deps: { nodes: Nodes }): void {
  rest.route({ method: 'GET', path: '/cc/api/1.0/screenshot', need: 'ticket', summary: 'A small picture of a running guest’s screen, for the CLC', reply: Thumbnail }, async ({ caller, headers, signal }) => {
    const ticket = caller.kind === 'ticket' && caller.claims.action === 'screenshot' ? caller.claims : null;
    const node = ticket && deps.nodes.get(ticket.ncId);
    if (!ticket || !node) throw new CloudError('TICKET_INVALID', 'the ticket is not for a node of this cluster');
    return { body: await callTier({ baseUrl: node.url, path: '/nc/api/1.0/screenshot', headers: { authorization: headers.authorization ?? '' }, schema: Thumbnail, timeoutMs: NODE_MS, signal }) };
  });
}
