// What is wrong with a network setting, each mistake with its field. Pure; called by commands/network-modify before anything is written.
import { say, type ClusterNetworkSettings, type Said } from '@educloud/contracts';
import { ipNumber, isMulticast, netOf, overlap, poolsOf, sizeOf, valueAt, within, type Range } from './addresses.ts';

export interface Mistake { field: string; why: Said }

/** A row each: so many can still be listed, and made in one transaction. */
const LARGEST_POOL = 65_536;

/** Mistakes that the setting alone shows. */
export function mistakesOf(settings: ClusterNetworkSettings): Mistake[] {
  const found: Mistake[] = [];
  const wrong = (field: string, why: Said): void => void found.push({ field, why });
  const pools = poolsOf(settings);
  const fields = { 'rdp-port': 'rdpPorts', 'management-port': 'managementPorts', 'public-ip': 'publicIps', 'private-ip': 'privateNet', mac: 'macs' } as const;
  for (const kind of Object.keys(fields) as Array<keyof typeof fields>) {
    const [field, ranges] = [fields[kind], pools[kind]];
    const reversed = ranges.findIndex(({ from, to }) => from > to);
    if (reversed >= 0) wrong(kind === 'public-ip' ? `publicIps.${reversed}.to` : `${field}.to`, say('rangeReversed'));
    else if (sizeOf(ranges) > LARGEST_POOL) wrong(field, say('poolTooLarge', { maximum: LARGEST_POOL }));
  }
  const [rdp, management] = [pools['rdp-port'][0], pools['management-port'][0]];
  if (rdp && management && overlap(rdp, management)) wrong('managementPorts', say('poolsOverlap', { other: 'rdpPorts' }));
  pools['public-ip'].forEach((range, i) => {
    if (pools['public-ip'].slice(0, i).some((earlier) => overlap(earlier, range))) wrong(`publicIps.${i}`, say('poolsOverlap', { other: 'publicIps' }));
    if (settings.privateNet && overlap(range, netOf(settings.privateNet.cidr))) wrong(`publicIps.${i}`, say('poolsOverlap', { other: 'privateNet.cidr' }));
    for (const end of ['from', 'to'] as const) if (notForHosts(range[end])) wrong(`publicIps.${i}.${end}`, say('addressNotForHosts', { ip: valueAt('public-ip', range[end]) }));
  });
  if (settings.macs) for (const end of ['from', 'to'] as const) if (isMulticast(settings.macs[end])) wrong(`macs.${end}`, say('macMulticast'));
  // Between the two are no others.
  if (settings.macs && settings.macs.from.slice(0, 2) !== settings.macs.to.slice(0, 2)) wrong('macs.to', say('macsTooFar'));
  if (settings.bridge && !settings.privateNet) wrong('privateNet', say('bridgeNeedsNet'));
  if (settings.privateNet) {
    if (!settings.bridge) wrong('bridge', say('netNeedsBridge'));
    found.push(...mistakesOfNet(settings.privateNet));
  }
  return found;
}

/** 0.0.0.0/8, 127.0.0.0/8 and from 224.0.0.0 on no host has an address. */
const notForHosts = (place: number): boolean => place < 2 ** 24 || (place >= ipNumber('127.0.0.0') && place <= ipNumber('127.255.255.255')) || place >= ipNumber('224.0.0.0');

function mistakesOfNet({ cidr, from, to, gateway, dns }: NonNullable<ClusterNetworkSettings['privateNet']>): Mistake[] {
  const found: Mistake[] = [];
  const wrong = (field: string, why: Said): void => void found.push({ field: `privateNet.${field}`, why });
  const net = netOf(cidr);
  if (ipNumber(cidr.split('/')[0] as string) !== net.from) wrong('cidr', say('cidrHasHost', { cidr: `${valueAt('private-ip', net.from)}/${net.bits}` }));
  else if (net.bits < 8 || net.bits > 30) wrong('cidr', say('cidrSize'));
  else if (notForHosts(net.from)) wrong('cidr', say('addressNotForHosts', { ip: cidr }));
  if (found.length > 0) return found;
  const pool: Range = { from: ipNumber(from), to: ipNumber(to) };
  for (const [field, ip] of [['from', from], ['to', to]] as const) {
    if (!within(ipNumber(ip), net)) wrong(field, say('outsideOfNet', { ip, cidr }));
    else if (ipNumber(ip) === net.from || ipNumber(ip) === net.to) wrong(field, say('netsOwnAddress', { ip, cidr }));
  }
  if (gateway !== null) {
    if (!within(ipNumber(gateway), { from: net.from + 1, to: net.to - 1 })) wrong('gateway', say('outsideOfNet', { ip: gateway, cidr }));
    else if (within(ipNumber(gateway), pool)) wrong('gateway', say('gatewayInPool', { ip: gateway }));
  }
  dns.forEach((ip, i) => {
    if (within(ipNumber(ip), pool)) wrong(`dns.${i}`, say('gatewayInPool', { ip }));
  });
  return found;
}

/** Two clusters whose pools give the same address to two guests that somebody could mean. */
export function clashWith(settings: ClusterNetworkSettings, other: ClusterNetworkSettings, otherName: string): Mistake | null {
  const [mine, theirs] = [poolsOf(settings), poolsOf(other)];
  // Private nets are each cluster's own; those of public mode are everybody's.
  const seen = (of: ClusterNetworkSettings, pools: typeof mine): Range[] => [...pools['public-ip'], ...(of.mode === 'public' ? pools['private-ip'] : [])];
  if (seen(settings, mine).some((range) => seen(other, theirs).some((there) => overlap(range, there)))) {
    return { field: mine['public-ip'].some((range) => seen(other, theirs).some((there) => overlap(range, there))) ? 'publicIps' : 'privateNet', why: say('poolOfOtherCluster', { cluster: otherName }) };
  }
  return mine.mac.some((range) => theirs.mac.some((there) => overlap(range, there))) ? { field: 'macs', why: say('poolOfOtherCluster', { cluster: otherName }) } : null;
}
