// Free ports on the loopback, for private servers that cannot take port 0 themselves, or that come back to the same port after a restart.
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Below the ports that the kernel gives to outgoing connections (from 32768): one of those may take a port while its server is down. */
const FROM = 20_000;
const TO = 32_700;
const TRIES = 400;
/** `from-to`: only these. A port that was given out is free until its server listens, so test files that run side by side have ranges of their own. */
const RANGE = 'EDUCLOUD_PORTS';
const given = new Set<number>();

/** Environment of a process that shall take its ports from the n-th of `lanes` ranges. */
export function portsOfLane(lane: number, lanes: number): Record<string, string> {
  const width = Math.floor((TO - FROM) / lanes);
  return { [RANGE]: `${FROM + lane * width}-${FROM + (lane + 1) * width}` };
}

function range(): [from: number, to: number] {
  const [from, to] = (process.env[RANGE] ?? '').split('-').map(Number);
  return from && to ? [from, to] : [FROM, TO];
}

const hold = (port: number): Promise<Server | null> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null)).listen(port, '127.0.0.1', () => resolve(server));
  });

/** `count` different ports that were free a moment ago; this process is given none of them again. All are held until the last is known. */
export async function freePorts(count: number): Promise<number[]> {
  const [from, to] = range();
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count; tries++) {
      if (tries > TRIES) throw new Error(`no ${count} free ports between ${from} and ${to}`);
      const port = randomInt(from, to);
      if (given.has(port)) continue;
      const server = await hold(port);
      if (!server) continue;
      given.add(port);
      held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map((s) => new Promise((resolve) => s.close(resolve))));
  }
}

export const freePort = async (): Promise<number> => (await freePorts(1))[0] as number;
