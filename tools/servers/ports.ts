// Free ports on the loopback, for private servers that cannot take port 0 themselves, or that come back to the same port after a restart.
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Below the ports that the kernel gives to outgoing connections (from 32768): one of those may take a port while its server is down. */
const FROM = 20_000;
const TO = 32_700;
const TRIES = 200;

const hold = (port: number): Promise<Server | null> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null)).listen(port, '127.0.0.1', () => resolve(server));
  });

/** `count` different ports that were free a moment ago. All are held until the last is known. */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count; tries++) {
      if (tries > TRIES) throw new Error(`no ${count} free ports between ${FROM} and ${TO}`);
      const port = randomInt(FROM, TO);
      const server = await hold(port);
      if (server) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map((s) => new Promise((resolve) => s.close(resolve))));
  }
}

export const freePort = async (): Promise<number> => (await freePorts(1))[0] as number;
