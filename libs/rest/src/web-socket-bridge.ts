// Joins two WebSockets end to end: a screen's bytes pass through a tier without being looked at. Used by CLC and CC; the NC ties VNC to its caller in the same way.
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';

const HIGH_WATER_BYTES = 4 * 1024 * 1024;
/** Of every stretch of the way to a screen. */
export const DIAL_TIMEOUT_MS = 8000;

/**
 * Whoever asked may leave while the onward way is being opened: then `ws` calls nobody back, and the onward end would stay open for ever.
 * `close` ends whatever there is of it, and may run twice: when the caller's socket closes (also later), and when `opening` fails.
 * @throws what `opening` throws; CANCELLED when the caller has left meanwhile
 */
export async function tiedTo(caller: Duplex, close: () => void, opening: Promise<void>): Promise<void> {
  caller.once('close', close);
  try {
    await opening;
    if (caller.destroyed) throw new CloudError('CANCELLED', 'whoever wanted the screen has left');
  } catch (e) {
    caller.off('close', close);
    close();
    throw caller.destroyed ? new CloudError('CANCELLED', 'whoever wanted the screen has left', { cause: e }) : e;
  }
}

/**
 * Opens the next stretch for `caller`, and closes it with `caller`. It is paused until `bridge` reads it: the guest's greeting may come with the handshake.
 * @throws NODE_UNREACHABLE, CANCELLED when the caller has left meanwhile
 */
export async function dialWebSocket(caller: Duplex, url: string, headers: Record<string, string>, whom: string): Promise<WebSocket> {
  const ws = new WebSocket(url, { headers, handshakeTimeout: DIAL_TIMEOUT_MS, maxPayload: HIGH_WATER_BYTES });
  const opening = new Promise<void>((resolve, reject) => {
    ws.once('open', () => {
      ws.pause();
      resolve();
    });
    // Stays: ending one that is not open yet is an error too.
    ws.on('error', (e) => reject(new CloudError('NODE_UNREACHABLE', say('screenNotOpened', { where: whom }), { cause: e })));
  });
  await tiedTo(caller, () => {
    ws.resume(); // a paused one would not hear that the other end agrees
    ws.close();
  }, opening);
  return ws;
}

const PING_EVERY_MS = 30_000;
const SILENT_ROUNDS = 2;

/**
 * Whoever loses power closes nothing, and at a guest that is quiet no byte is missed: each end asks the other, and ends a way that does not answer. Browsers answer by
 * themselves. Nothing is asked where what was sent is still on its way, or nothing is read for that reason: there the system itself notices.
 */
export function endWhenSilent(ws: WebSocket, everyMs = PING_EVERY_MS): void {
  let silent = 0;
  const heard = (): void => { silent = 0; };
  ws.on('pong', heard).on('ping', heard).on('message', heard);
  const timer = setInterval(() => {
    if (ws.isPaused || ws.bufferedAmount > 0 || ws.readyState !== WebSocket.OPEN) return;
    silent += 1;
    if (silent > SILENT_ROUNDS) return ws.terminate();
    ws.ping();
  }, everyMs);
  timer.unref();
  ws.once('close', () => clearInterval(timer));
}

/** Both directions, with back pressure; either end closing closes the other. */
export function bridge(a: WebSocket, b: WebSocket): void {
  endWhenSilent(a);
  endWhenSilent(b);
  for (const [from, to] of [[a, b], [b, a]] as const) {
    from.on('message', (data) => {
      if (to.readyState !== WebSocket.OPEN) return;
      if (to.bufferedAmount > HIGH_WATER_BYTES) from.pause();
      to.send(data as Buffer, { binary: true }, () => from.isPaused && to.bufferedAmount < HIGH_WATER_BYTES / 2 && from.resume());
    });
    from.on('close', () => to.close());
    from.on('error', () => to.terminate());
  }
  a.resume();
  b.resume();
}
