// What the host of the cluster controller has itself, and must therefore never be given to a guest: its addresses and the ports it listens on.
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { ip } from '../ip-command.ts';

export interface HostView {
  /** Its own addresses, by interface; those we put there for guests are not among them. */
  addresses: Array<{ interface: string; ip: string }>;
  /** `tcp 22` at `0.0.0.0` or at one address. */
  listening: Array<{ protocol: 'tcp' | 'udp'; ip: string; port: number }>;
}

/** Ends the label of each address that is there for a guest. */
export const LABEL = ':edu';
const TCP_LISTEN = '0A';
const UDP_UNCONNECTED = '07';

/** An address in /proc/net is the bytes as the processor has them: little-endian groups of four. */
export function parseListening(text: string, protocol: 'tcp' | 'udp'): HostView['listening'] {
  const wanted = protocol === 'tcp' ? TCP_LISTEN : UDP_UNCONNECTED;
  return text.split('\n').slice(1).flatMap((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    if (local === undefined || state !== wanted) return [];
    const [address = '', port = ''] = local.split(':');
    const bytes = (address.slice(-8).match(/../g) ?? []).map((b) => parseInt(b, 16)).reverse();
    const any = /^0*$/.test(address);
    // ::ffff:a.b.c.d is an IPv4 address; another of IPv6 concerns no IPv4 port.
    const mapped = address.length === 8 || address.startsWith('0000000000000000FFFF0000');
    if (!any && !mapped) return [];
    return [{ protocol, ip: any ? '0.0.0.0' : bytes.join('.'), port: parseInt(port, 16) }];
  });
}

interface Link { ifname: string; addr_info?: Array<{ local: string; label?: string }> }

/** Not os.networkInterfaces(): that leaves out a bridge whose last guest was stopped. */
async function ownAddresses(): Promise<HostView['addresses']> {
  try {
    const links = JSON.parse(await ip('-j', '-4', 'address', 'show')) as Link[];
    // Each of ours has its label, each other one the name of its interface.
    return links.flatMap(({ ifname, addr_info = [] }) => addr_info.filter(({ label }) => !label?.endsWith(LABEL)).map(({ local }) => ({ interface: ifname, ip: local })));
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
    // Nothing can be put there for guests either without that program, so all of them are its own.
    return Object.entries(networkInterfaces()).flatMap(([name, list]) => (list ?? []).filter((a) => a.family === 'IPv4').map((a) => ({ interface: name, ip: a.address })));
  }
}

export async function lookAtHost(): Promise<HostView> {
  const tables = await Promise.all((['tcp', 'tcp6', 'udp', 'udp6'] as const).map(async (table) => parseListening(await readFile(`/proc/self/net/${table}`, 'utf8').catch(() => ''), table.startsWith('tcp') ? 'tcp' : 'udp')));
  return { addresses: await ownAddresses(), listening: tables.flat() };
}
