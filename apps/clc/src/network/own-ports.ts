// The ports at which the cloud's own daemons listen, as far as their addresses say: guests never get one.
import type { DaemonRow } from '../store/interface.ts';

export interface OwnPort { port: number; daemon: string }

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'amqp:': 5672, 'amqps:': 5671, 'mysql:': 3306, 'redis:': 6379, 'rediss:': 6379 };

/** The port of an address; null = it has none. */
export function portOf(url: string): number | null {
  if (!URL.canParse(url)) return null;
  const { port, protocol } = new URL(url);
  return port !== '' ? Number(port) : (PORTS[protocol] ?? null);
}

/** @param servers addresses of the CLC itself and of what it talks to, by name */
export function ownPorts(daemons: readonly Pick<DaemonRow, 'name' | 'url'>[], servers: Readonly<Record<string, string>>): OwnPort[] {
  return [...daemons.map(({ name, url }) => ({ daemon: name, url })), ...Object.entries(servers).map(([daemon, url]) => ({ daemon, url }))].flatMap(({ daemon, url }) => {
    const port = portOf(url);
    return port === null ? [] : [{ port, daemon }];
  });
}
