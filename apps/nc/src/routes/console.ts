// Last stretch of a guest's screen or serial console: the CC's WebSocket joined with the guest's VNC server, or with its serial port; both are of this node only.
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { say, type ConsoleTicket } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { DIAL_TIMEOUT_MS, endWhenSilent, tiedTo, type Rest } from '@educloud/rest';
import { createOneUse } from '@educloud/tickets';
import type { Hypervisor } from '../drivers/hypervisor/interface.ts';
import type { Watchers } from '../screen/watchers.ts';
import type { SerialLines } from '../serial/line.ts';

const HIGH_WATER_BYTES = 8 * 1024 * 1024;
const LOW_WATER_BYTES = 1024 * 1024;
/** Of what somebody typed or pasted and the guest has not read. */
const UNREAD_BYTES = 1024 * 1024;

export interface ConsoleRouteDeps {
  hypervisor: Pick<Hypervisor, 'consoleAddress'>;
  serial: SerialLines;
  watchers: Watchers;
  identity(): { id: string; epoch: number } | null;
  now(): number;
}

export function consoleRoute(rest: Rest, deps: ConsoleRouteDeps): void {
  const useOnce = createOneUse(deps.now);
  const accept = new WebSocketServer({ noServer: true, maxPayload: 4 * 1024 * 1024 });

  rest.upgrade({ path: '/nc/api/1.0/console', need: 'ticket', summary: 'Screen or serial console of a running guest, for the CC' }, async (request, socket, head, { caller }) => {
    const ticket = caller.kind === 'ticket' && caller.claims.action === 'console' ? caller.claims : null;
    const me = deps.identity();
    if (!ticket || !me || ticket.ncId !== me.id || ticket.epoch !== me.epoch) throw new CloudError('TICKET_INVALID', 'the ticket is not for this node as it is registered now');
    useOnce(ticket.nonce);
    const guest = ticket.channel === 'serial' ? await serialOf(socket, ticket) : await screenOf(socket, ticket);
    accept.handleUpgrade(request, socket, head, (ws) => {
      ws.once('close', deps.watchers.enter(ticket.insId));
      join(ws, guest);
    });
  });

  async function screenOf(caller: Duplex, { insId }: ConsoleTicket): Promise<Duplex> {
    const vnc = net.connect(await deps.hypervisor.consoleAddress(insId));
    vnc.setTimeout(DIAL_TIMEOUT_MS, () => vnc.destroy(new Error(`no connection within ${DIAL_TIMEOUT_MS} ms`)));
    await tiedTo(caller, () => vnc.destroy(), new Promise<void>((resolve, reject) => {
      vnc.once('connect', resolve);
      vnc.on('error', (e) => reject(new CloudError('GUEST_NOT_RUNNING', say('screenSilent'), { cause: e })));
      vnc.once('close', () => reject(new CloudError('CANCELLED', 'the screen was closed')));
    }));
    vnc.setTimeout(0); // a still picture says nothing for hours
    return vnc;
  }

  async function serialOf(caller: Duplex, { insId, tail }: ConsoleTicket): Promise<Duplex> {
    let serial: Duplex | undefined;
    const opening = deps.serial.open(insId, tail).then((opened) => {
      serial = opened;
    });
    await tiedTo(caller, () => serial?.destroy(), opening);
    return serial as unknown as Duplex;
  }
}

/** Both directions, towards the caller with back pressure; either end closing closes the other. */
export function join(ws: WebSocket, guest: Duplex): void {
  endWhenSilent(ws);
  guest.on('data', (chunk: Buffer) => {
    if (ws.readyState !== WebSocket.OPEN) return;
    ws.send(chunk, { binary: true });
    if (ws.bufferedAmount > HIGH_WATER_BYTES) guest.pause();
  });
  const resume = setInterval(() => ws.bufferedAmount < LOW_WATER_BYTES && guest.resume(), 100);
  ws.on('message', (chunk) => {
    if (guest.destroyed) return;
    // Never paused: it would not hear that the other end leaves.
    if (guest.writableLength > UNREAD_BYTES) return ws.close(1008, 'the guest does not read what it is sent');
    guest.write(chunk as Buffer);
  });
  ws.on('close', () => {
    clearInterval(resume);
    guest.destroy();
  });
  ws.on('error', () => guest.destroy());
  guest.on('close', () => {
    if (ws.readyState === WebSocket.OPEN) ws.close();
  });
  guest.on('error', () => ws.terminate());
}
