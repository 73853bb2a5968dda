// Keeps every connection of a server in view, so that closing lets requests finish and still ends in time.
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
