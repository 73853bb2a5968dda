// Ports of the host that lead to a guest on QEMU's user network: the lines of QEMU's monitor that add and remove one, and what it prints of those
// there are. libvirt 9 describes no such ports in the domain; in the monitor they can be looked at and made again, and a restart of libvirt or of
// this daemon does not touch them.
import type { DomainNic, PortForward } from './interface.ts';

/** libvirt calls the network of the n-th card so. */
const netOf = (index: number): string => `hostnet${index}`;

interface Held extends Omit<PortForward, 'guestPort'> { net: string; guestPort: number }
const keyOf = (h: Held): string => `${h.net} ${h.protocol}:${h.hostIp}:${h.hostPort}-:${h.guestPort}`;

/** The answer to `info usernet`. */
export function parseUsernet(text: string): Held[] {
  const held: Held[] = [];
  let net = '';
  for (const line of text.split('\n')) {
    net = /^\S.*\((\w+)\):/.exec(line)?.[1] ?? net;
    const m = /^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\S+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)/.exec(line);
    if (m) held.push({ net, protocol: m[1] === 'TCP' ? 'tcp' : 'udp', hostIp: m[2] === '*' ? '0.0.0.0' : (m[2] ?? ''), hostPort: Number(m[3]), guestPort: Number(m[5]) });
  }
  return held;
}

/** What to say so that exactly the forwards of these cards are there: first what goes, because a port may be wanted elsewhere. */
export function forwardLines(nics: readonly DomainNic[], present: readonly Held[]): { remove: string[]; add: Array<{ line: string; port: number }> } {
  const wanted = nics.flatMap((nic, index) => (nic.mode === 'nat' ? nic.forwards.map((f): Held => ({ ...f, net: netOf(index) })) : []));
  const [want, have] = [new Set(wanted.map(keyOf)), new Set(present.map(keyOf))];
  return {
    remove: present.filter((h) => !want.has(keyOf(h))).map((h) => `hostfwd_remove ${h.net} ${h.protocol}:${h.hostIp}:${h.hostPort}`),
    add: wanted.filter((h) => !have.has(keyOf(h))).map((h) => ({ line: `hostfwd_add ${keyOf(h)}`, port: h.hostPort })),
  };
}
