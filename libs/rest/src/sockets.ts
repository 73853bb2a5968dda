// Keeps every connection of a server in view, so that closing lets requests finish and still ends in time.
import { chmod, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Resolves when all connections are gone; at the deadline the rest is cut. */
export function createCloser(server: Server, deadlineMs: number): () => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () =>
    new Promise((resolve) => {
      // A kept-alive connection becomes idle only after its answer, so it is looked at again and again.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const cut = setTimeout(() => { for (const socket of sockets) socket.destroy(); }, deadlineMs);
      server.close(() => {
        clearInterval(idle);
        clearTimeout(cut);
        resolve();
      });
      server.closeIdleConnections();
    });
}

/** Nobody may connect before the mode is right: the file comes into being closed and is opened then. */
export async function listenAt(server: Server, path: string, mode: number): Promise<void> {
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177); // node binds within the call
    try {
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
  await chmod(path, mode);
}
