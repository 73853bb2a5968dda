// Joins two WebSockets end to end: a screen's bytes pass through a tier without being looked at. Used by CLC and CC.
import { WebSocket } from 'ws';
import { CloudError } from '@educloud/errors';

const HIGH_WATER_BYTES = 4 * 1024 * 1024;

/**
 * Opens the next stretch. It is paused until `bridge` reads it: the guest's greeting may come with the handshake.
 * @throws NODE_UNREACHABLE
 */
export function dialWebSocket(url: string, headers: Record<string, string>, whom: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, { headers, handshakeTimeout: 8000, maxPayload: HIGH_WATER_BYTES });
    ws.once('open', () => {
      ws.pause();
      resolve(ws);
    });
    ws.once('error', (e) => reject(new CloudError('NODE_UNREACHABLE', `${whom} does not open the screen`, { cause: e })));
  });
}

/** Both directions, with back pressure; either end closing closes the other. */
export function bridge(a: WebSocket, b: WebSocket): void {
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
