// The files of dnsmasq: what it is told, whom it gives which address, and what it has given. Everything in them was validated: no line can be added by a name.
import type { DhcpWanted } from './interface.ts';

export interface Places { config: string; hosts: string; leases: string; pid: string; log: string }

/** Long enough that guests survive an hour without us, short enough that one that moved is right again soon. */
const LEASE = '2h';

export function netmask(cidr: string): string {
  const bits = Number(cidr.split('/')[1]);
  const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff).join('.');
}

export function configOf(wanted: DhcpWanted, device: string, user: string, at: Places): string {
  const [network = ''] = wanted.cidr.split('/');
  return `${[
    '# Written by the eduCloud cluster controller; changed by hand it is written again.',
    'port=0', // addresses only, no names
    `interface=${device}`,
    'except-interface=lo',
    'bind-interfaces',
    'no-resolv', 'no-hosts', 'no-ping', 'dhcp-authoritative',
    `dhcp-range=${network},static,${netmask(wanted.cidr)},${LEASE}`,
    // An option without a value: nothing is said, where dnsmasq would name itself.
    wanted.gateway === null ? 'dhcp-option=3' : `dhcp-option=3,${wanted.gateway}`,
    wanted.dns.length === 0 ? 'dhcp-option=6' : `dhcp-option=6,${wanted.dns.join(',')}`,
    `dhcp-hostsfile=${at.hosts}`,
    `dhcp-leasefile=${at.leases}`,
    `pid-file=${at.pid}`,
    `log-facility=${at.log}`,
    'dhcp-lease-max=65536',
    `user=${user}`,
  ].join('\n')}\n`;
}

export const hostsOf = (wanted: DhcpWanted): string => wanted.hosts.map((h) => `${h.mac},${h.ip},${h.hostname}\n`).sort().join('');

/** Leases that stand in the way of what is wanted: an address that now belongs to another card. dnsmasq forgets none by itself. */
export function staleLeases(text: string, wanted: DhcpWanted): { stale: boolean; kept: string } {
  const owner = new Map(wanted.hosts.map((h) => [h.ip, h.mac]));
  const lines = text.split('\n').filter((line) => line !== '');
  const kept = lines.filter((line) => {
    const [, mac = '', ip = ''] = line.split(' ');
    const now = owner.get(ip);
    return now === undefined || now === mac.toLowerCase();
  });
  return { stale: kept.length < lines.length, kept: kept.map((line) => `${line}\n`).join('') };
}
