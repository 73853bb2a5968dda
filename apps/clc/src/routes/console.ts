// WebSocket of a guest's screen or serial console: checks the one-use ticket, then joins the browser with the CC's end. Session and origin were checked by the door.
import { WebSocketServer } from 'ws';
import { CONSOLE_TICKET_MS } from '../commands/console-open.ts';
import { CloudError } from '@educloud/errors';
import { say, type ConsoleTicket } from '@educloud/contracts';
import { bridge, dialWebSocket, type Rest } from '@educloud/rest';
import type { Store } from '../store/interface.ts';

export interface ConsoleRouteDeps {
  store: Store;
  verify(token: string): ConsoleTicket;
  now(): number;
}

export function consoleRoute(rest: Rest, deps: ConsoleRouteDeps): void {
  const accept = new WebSocketServer({ noServer: true, maxPayload: 4 * 1024 * 1024 });

  rest.upgrade({ path: '/clc/api/1.0/console/:ticket', need: 'user', summary: 'Screen or serial console of a running guest' }, async (request, socket, head, { params }) => {
    const ticket = deps.verify(params.ticket ?? '');
    // In the database: one use, whichever controller it comes to. Kept for longer than any ticket lives.
    if (!(await deps.store.read.tickets.useTicket(ticket.nonce, deps.now() + 2 * CONSOLE_TICKET_MS))) throw new CloudError('TICKET_INVALID', 'this ticket was used already');
    const nc = await deps.store.read.daemons.daemon(ticket.ncId);
    const cc = nc?.ccId ? await deps.store.read.daemons.daemon(nc.ccId) : null;
    if (!cc) throw new CloudError('NODE_UNREACHABLE', say('clusterOfGuestGone'));
    const onward = await dialWebSocket(socket, `${cc.url.replace(/^http/, 'ws')}/cc/api/1.0/console`, { authorization: `Bearer ${params.ticket}` }, `cluster ${cc.name}`);
    accept.handleUpgrade(request, socket, head, (browser) => bridge(browser, onward));
  });
}
