// A TCP door from one address to another, with a count of what came through. For daemons in namespaces, and to see what Walrus sends.
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Workshop } from './workshop.ts';

export interface Door {
  port: number;
  /** From the target towards whoever connected. */
  bytesOut(): number;
}

export async function openDoor(shop: Workshop, from: { host: string; port: number }, to: { host: string; port: number }): Promise<Door> {
  let out = 0;
  const open = new Set<{ destroy(): void }>();
  const server = createServer((client) => {
    const target = connect(to.port, to.host);
    for (const [one, other] of [[client, target], [target, client]] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => { open.delete(one); other.destroy(); });
      one.pipe(other);
    }
    target.on('data', (chunk: Buffer) => { out += chunk.length; });
  });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(from.port, from.host, resolve); });
  shop.onEnd(() => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, bytesOut: () => out };
}
