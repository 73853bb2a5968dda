// A TCP proxy that counts what the server sends and cuts connections when told to. For transfer tests.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CuttingProxy {
  port: number;
  cut(afterBytes: number, times: number): void;
  /** Bytes that went from the server to clients. */
  sent(): number;
  close(): Promise<void>;
}

export async function startCuttingProxy(target: { host: string; port: number }): Promise<CuttingProxy> {
  let total = 0;
  let cuts = { afterBytes: 0, times: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    let limit = Infinity;
    if (cuts.times > 0) { cuts.times -= 1; limit = cuts.afterBytes; }
    let passed = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => { sockets.delete(socket); client.destroy(); upstream.destroy(); });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      total += chunk.length;
      if (passed > limit) { client.destroy(); return; }
      if (!client.write(chunk)) { upstream.pause(); client.once('drain', () => upstream.resume()); }
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    port: (server.address() as AddressInfo).port,
    cut(afterBytes, times) { cuts = { afterBytes, times }; },
    sent: () => total,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => { server.close(() => resolve()); });
    },
  };
}
