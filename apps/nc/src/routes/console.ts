// Last stretch of a guest's screen: the CC's WebSocket joined with the guest's VNC server, which listens on this node only.
import net from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { DIAL_TIMEOUT_MS, tiedTo, type Rest } from '@educloud/rest';
import { createOneUse } from '@educloud/tickets';
import type { Hypervisor } from '../drivers/hypervisor/interface.ts';
import type { Watchers } from '../screen/watchers.ts';

export function consoleRoute(rest: Rest, deps: { hypervisor: Hypervisor; watchers: Watchers; identity(): { id: string; epoch: number } | null; now(): number }): void {
  const useOnce = createOneUse(deps.now);
  const accept = new WebSocketServer({ noServer: true, maxPayload: 4 * 1024 * 1024 });

  rest.upgrade({ path: '/nc/api/1.0/console', need: 'ticket', summary: 'Screen of a running guest, for the CC' }, async (request, socket, head, { caller }) => {
    const ticket = caller.kind === 'ticket' && caller.claims.action === 'console' ? caller.claims : null;
    const me = deps.identity();
    if (!ticket || !me || ticket.ncId !== me.id || ticket.epoch !== me.epoch) throw new CloudError('TICKET_INVALID', 'the ticket is not for this node as it is registered now');
    useOnce(ticket.nonce);

    const vnc = net.connect(await deps.hypervisor.consoleAddress(ticket.insId));
    vnc.setTimeout(DIAL_TIMEOUT_MS, () => vnc.destroy(new Error(`no connection within ${DIAL_TIMEOUT_MS} ms`)));
    await tiedTo(socket, () => vnc.destroy(), new Promise<void>((resolve, reject) => {
      vnc.once('connect', resolve);
      vnc.on('error', (e) => reject(new CloudError('GUEST_NOT_RUNNING', say('screenSilent'), { cause: e })));
      vnc.once('close', () => reject(new CloudError('CANCELLED', 'the screen was closed')));
    }));
    vnc.setTimeout(0); // a still picture says nothing for hours
    accept.handleUpgrade(request, socket, head, (ws) => {
      const leave = deps.watchers.enter(ticket.insId);
      vnc.on('data', (chunk) => {
        ws.send(chunk, { binary: true });
        if (ws.bufferedAmount > 8 * 1024 * 1024) vnc.pause();
      });
      const resume = setInterval(() => ws.bufferedAmount < 1024 * 1024 && vnc.resume(), 100);
      ws.on('message', (chunk) => vnc.write(chunk as Buffer));
      ws.on('close', () => {
        clearInterval(resume);
        leave();
        vnc.destroy();
      });
      ws.on('error', () => vnc.destroy());
      vnc.on('close', () => ws.readyState === WebSocket.OPEN && ws.close());
      vnc.on('error', () => ws.terminate());
    });
  });
}
