// A VNC client on this machine and a guest's screen in the cloud: a port of 127.0.0.1 whose every connection goes through a WebSocket with a one-use ticket of
// its own. The guest's VNC server stays out of everybody's reach. Used by `edu instance console --vnc-port`.
import { createServer, type Socket } from 'node:net';
import { WebSocket } from 'ws';

const OPEN_MS = 15_000;
const HIGH_WATER_BYTES = 4 * 1024 * 1024;

export interface VncTunnel { port: number; close(): Promise<void> }

export interface VncTunnelOptions {
  /** 0 = any free one. */
  port: number;
  /** A fresh way to the screen. */
  open(): Promise<{ url: string; headers: Record<string, string> }>;
  /** A viewer came and got no screen. */
  failed(error: Error): void;
}

/** @throws when it cannot listen */
export async function openVncTunnel({ port, open, failed }: VncTunnelOptions): Promise<VncTunnel> {
  const viewers = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true }, (viewer) => {
    viewers.add(viewer);
    viewer.on('close', () => viewers.delete(viewer));
    viewer.on('error', () => viewer.destroy());
    open().then(({ url, headers }) => {
      if (viewer.destroyed) return; // left while the ticket was made
      join(viewer, new WebSocket(url, { headers, handshakeTimeout: OPEN_MS }), failed);
    }).catch((e: unknown) => {
      failed(e instanceof Error ? e : new Error(String(e)));
      viewer.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host: '127.0.0.1', port, exclusive: true }, resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () => new Promise((resolve) => {
      for (const viewer of viewers) viewer.destroy();
      server.close(() => resolve());
    }),
  };
}

function join(viewer: Socket, screen: WebSocket, failed: (error: Error) => void): void {
  viewer.once('close', () => (screen.readyState === WebSocket.CONNECTING ? screen.terminate() : screen.close()));
  screen.on('error', (e) => {
    if (!viewer.destroyed) failed(e);
    viewer.destroy();
  });
  screen.on('close', () => viewer.end());
  screen.on('message', (chunk: Buffer) => {
    if (viewer.destroyed || viewer.write(chunk)) return;
    screen.pause();
    viewer.once('drain', () => screen.resume());
  });
  screen.once('open', () => {
    viewer.on('data', (chunk) => {
      if (screen.readyState !== WebSocket.OPEN) return;
      if (screen.bufferedAmount > HIGH_WATER_BYTES) viewer.pause();
      screen.send(chunk, { binary: true }, () => viewer.isPaused() && screen.bufferedAmount < HIGH_WATER_BYTES / 2 && viewer.resume());
    });
    viewer.resume();
  });
}

/** For virt-viewer; a line break in a name must not become a setting. */
export const viewerFile = ({ port, title }: { port: number; title: string }): string =>
  `[virt-viewer]\ntype=vnc\nhost=127.0.0.1\nport=${port}\ntitle=${title.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}\ndelete-this-file=0\n`;
