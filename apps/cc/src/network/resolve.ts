// What the CLC wants, in terms of this host: which redirects, public addresses and DHCP entries, and what of it cannot be, each alone and with
// its reason. Pure: the host and the nodes are handed in.
import { say, type ClusterNetworkState, type ErrorCode, type Said } from '@educloud/contracts';
import type { DhcpWanted } from '../drivers/dhcp/interface.ts';
import type { Alias, ForwardingWanted, Redirect } from '../drivers/forwarding/interface.ts';
import type { HostView } from './host.ts';
import type { Refusal } from './keeper.ts';

export interface ResolveOptions {
  host: HostView;
  publicInterface: string;
  dhcpInterface: string;
  /** Where a node's forwarded ports listen; null: it is not known. */
  nodeIp(ncId: string): string | null;
}

export interface Resolved {
  forwarding: ForwardingWanted;
  dhcp: DhcpWanted | null;
  refused: Refusal[];
}

const asNumber = (ip: string): number => ip.split('.').reduce((n, part) => n * 256 + Number(part), 0);

export function inCidr(ip: string, cidr: string): boolean {
  const [base = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(asNumber(ip) / size) === Math.floor(asNumber(base) / size);
}

export function resolve(state: ClusterNetworkState, { host, publicInterface, dhcpInterface, nodeIp }: ResolveOptions): Resolved {
  const refused: Refusal[] = [];
  const refuse = (item: { id: string; insId: string }, why: Said, code: ErrorCode = 'ACCESS_REFUSED'): void => void refused.push({ id: item.id, insId: item.insId, code, why });
  const wantedAliases = new Set(state.aliases.map((a) => a.publicIp));
  const mine = new Set(host.addresses.map((a) => a.ip));
  const seen = new Set<string>();
  /** False when somebody has it already: the first keeps it. */
  const first = (what: string): boolean => !seen.has(what) && Boolean(seen.add(what));

  const { dhcp } = state;
  const gateway = state.mode === 'private' && dhcp !== null && dhcp.gateway !== null && mine.has(dhcp.gateway);
  const onInterface = (device: string, cidr: string): boolean => host.addresses.some((a) => a.interface === device && inCidr(a.ip, cidr));
  const noDhcp = dhcp === null ? null : dhcpInterface === '' ? say('noDhcpInterface') : onInterface(dhcpInterface, dhcp.cidr) ? null : say('interfaceHasNoAddressIn', { interface: dhcpInterface, cidr: dhcp.cidr });

  const hosts = state.hosts.filter((h) => {
    const item = { id: `${h.mac} ${h.ip}`, insId: h.insId };
    if (noDhcp) refuse(item, noDhcp, 'NETWORK_UNAVAILABLE');
    else if (dhcp && !inCidr(h.ip, dhcp.cidr)) refuse(item, say('notInCidr', { ip: h.ip, cidr: dhcp.cidr }));
    else if (mine.has(h.ip) || h.ip === dhcp?.gateway) refuse(item, say('addressIsOurs', { ip: h.ip }));
    else if (!first(`mac ${h.mac}`) || !first(`ip ${h.ip}`)) refuse(item, say('givenTwice', { what: `${h.mac} ${h.ip}` }));
    else return dhcp !== null;
    return false;
  });

  const aliases: Alias[] = [];
  for (const a of state.aliases) {
    const item = { id: a.publicIp, insId: a.insId };
    if (publicInterface === '') refuse(item, say('noPublicInterface'), 'NETWORK_UNAVAILABLE');
    else if (!host.addresses.some((h) => h.interface === publicInterface)) refuse(item, say('noSuchInterface', { interface: publicInterface }), 'NETWORK_UNAVAILABLE');
    else if (mine.has(a.publicIp)) refuse(item, say('addressIsOurs', { ip: a.publicIp }));
    else if (!first(`alias ${a.publicIp}`) || !first(`private ${a.privateIp}`)) refuse(item, say('givenTwice', { what: a.publicIp }));
    else aliases.push({ id: item.id, publicIp: a.publicIp, privateIp: a.privateIp });
  }
  const held = new Set(aliases.map((a) => a.publicIp));

  const redirects: Redirect[] = [];
  for (const f of state.forwards) {
    const toIp = f.toIp ?? (f.ncId === null ? null : nodeIp(f.ncId));
    const here = f.listenIp === null;
    if (toIp === null) refuse(f, say('nodeAddressUnknown', { node: f.ncId ?? '' }), 'NETWORK_UNAVAILABLE');
    // The node is this host: its forwarded port is reached without us.
    else if (f.toIp === null && mine.has(toIp) && !toIp.startsWith('127.') && here && f.listenPort === f.toPort) continue;
    else if (toIp.startsWith('127.')) refuse(f, say('nodeOnlyLocal', { node: f.ncId ?? '', ip: toIp }), 'NETWORK_UNAVAILABLE');
    // A way through us to our own services would pass whatever protects them.
    else if (mine.has(toIp) && f.toIp !== null) refuse(f, say('addressIsOurs', { ip: toIp }));
    else if (f.listenIp !== null && !held.has(f.listenIp)) refuse(f, say('addressNotAnAlias', { ip: f.listenIp }));
    else if (here && host.listening.some((l) => l.protocol === f.protocol && l.port === f.listenPort && !l.ip.startsWith('127.') && !wantedAliases.has(l.ip))) refuse(f, say('portIsUsedHere', { protocol: f.protocol, port: f.listenPort }));
    else if (!first(`${f.protocol} ${f.listenIp ?? ''}:${f.listenPort}`)) refuse(f, say('givenTwice', { what: `${f.protocol} ${f.listenPort}` }));
    else redirects.push({ id: f.id, protocol: f.protocol, listenIp: f.listenIp, listenPort: f.listenPort, toIp, toPort: f.toPort, hidden: f.toIp === null || !gateway });
  }

  return {
    // Where nothing of ours is wanted and this host is nobody's gateway, nothing is touched.
    forwarding: { redirects, aliases, guests: dhcp && !noDhcp ? { cidr: dhcp.cidr, from: dhcp.from, to: dhcp.to, gateway } : null },
    dhcp: dhcp && !noDhcp ? { ...dhcp, hosts: hosts.map(({ mac, ip, hostname }) => ({ mac, ip, hostname })) } : null,
    refused,
  };
}
