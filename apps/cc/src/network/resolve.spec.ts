import assert from 'node:assert/strict';
import type { ClusterNetworkState } from '@educloud/contracts';
import { parseListening, type HostView } from './host.ts';
import { inCidr, resolve, type Resolved } from './resolve.ts';

const host: HostView = {
  addresses: [{ interface: 'lo', ip: '127.0.0.1' }, { interface: 'eth0', ip: '10.9.0.1' }, { interface: 'br0', ip: '10.8.0.1' }],
  listening: [{ protocol: 'tcp', ip: '0.0.0.0', port: 22 }, { protocol: 'tcp', ip: '127.0.0.1', port: 6379 }, { protocol: 'tcp', ip: '10.9.0.1', port: 8772 }, { protocol: 'udp', ip: '0.0.0.0', port: 67 }],
};
const dhcp = { cidr: '10.8.0.0/24', from: '10.8.0.50', to: '10.8.0.99', gateway: '10.8.0.1', dns: [] };
const forward = (listenPort: number, more: Partial<ClusterNetworkState['forwards'][number]> = {}): ClusterNetworkState['forwards'][number] => ({ id: `f${listenPort}`, insId: 'ins-00000001', protocol: 'tcp', listenIp: null, listenPort, ncId: 'nc-00000001', toIp: null, toPort: 40_001, ...more });
const look = (state: Partial<ClusterNetworkState>, nodeIp: string | null = '10.8.0.11', more: Partial<HostView> = {}): Resolved =>
  resolve({ rev: 1, mode: 'private', dhcp: null, hosts: [], forwards: [], aliases: [], ...state }, { host: { ...host, ...more }, publicInterface: 'eth0', dhcpInterface: 'br0', nodeIp: () => nodeIp });
const refusals = (r: Resolved): string[] => r.refused.map((x) => `${x.id} ${x.code} ${x.why.code}`);

describe('what the CLC wants, in terms of the host of the cluster controller', () => {
  it('leads a port to the node, which sees us as the sender', () => {
    const r = look({ forwards: [forward(40_001)] });
    assert.deepEqual(r.forwarding.redirects, [{ id: 'f40001', protocol: 'tcp', listenIp: null, listenPort: 40_001, toIp: '10.8.0.11', toPort: 40_001, hidden: true }]);
    assert.deepEqual(r.refused, []);
  });
  it('never forwards a port that the host listens on, at whatever address of its own; what listens for itself alone does not matter', () => {
    assert.deepEqual(refusals(look({ forwards: [forward(22), forward(8772), forward(6379), forward(67, { protocol: 'udp' }), forward(67, { id: 'tcp67' })] })), ['f22 ACCESS_REFUSED portIsUsedHere', 'f8772 ACCESS_REFUSED portIsUsedHere', 'f67 ACCESS_REFUSED portIsUsedHere']);
  });
  it('never leads to itself, and takes none of its own addresses as a public one', () => {
    const r = look({ forwards: [forward(40_001, { ncId: null, toIp: '10.8.0.1' }), forward(80, { listenIp: '10.9.0.1', ncId: null, toIp: '10.8.0.50' })], aliases: [{ insId: 'ins-00000001', publicIp: '10.9.0.1', privateIp: '10.8.0.50' }] });
    assert.deepEqual(refusals(r), ['10.9.0.1 ACCESS_REFUSED addressIsOurs', 'f40001 ACCESS_REFUSED addressIsOurs', 'f80 ACCESS_REFUSED addressNotAnAlias']);
    assert.deepEqual(r.forwarding.redirects, []);
  });
  it('does nothing for a node that is this host itself: it is reached without us', () => {
    const r = look({ forwards: [forward(40_001)] }, '10.9.0.1');
    assert.deepEqual([r.forwarding.redirects, r.refused], [[], []]);
  });
  it('says which node nobody can reach', () => {
    assert.deepEqual(refusals(look({ forwards: [forward(40_001)] }, '127.0.0.1')), ['f40001 NETWORK_UNAVAILABLE nodeOnlyLocal']);
    assert.deepEqual(refusals(look({ forwards: [forward(40_001)] }, null)), ['f40001 NETWORK_UNAVAILABLE nodeAddressUnknown']);
  });
  it('gives each port, public address, card and private address once; the first keeps it', () => {
    const r = look({
      dhcp, forwards: [forward(40_001), forward(40_001, { id: 'again' }), forward(40_001, { id: 'udp', protocol: 'udp' })],
      hosts: [{ insId: 'ins-00000001', mac: '52:54:00:00:00:01', ip: '10.8.0.50', hostname: 'a' }, { insId: 'ins-00000002', mac: '52:54:00:00:00:01', ip: '10.8.0.51', hostname: 'b' }, { insId: 'ins-00000003', mac: '52:54:00:00:00:03', ip: '10.7.0.1', hostname: 'c' }, { insId: 'ins-00000004', mac: '52:54:00:00:00:04', ip: '10.8.0.1', hostname: 'd' }],
    });
    assert.deepEqual(refusals(r), ['52:54:00:00:00:01 10.8.0.51 ACCESS_REFUSED givenTwice', '52:54:00:00:00:03 10.7.0.1 ACCESS_REFUSED notInCidr', '52:54:00:00:00:04 10.8.0.1 ACCESS_REFUSED addressIsOurs', 'again ACCESS_REFUSED givenTwice']);
    assert.deepEqual(r.dhcp?.hosts.map((h) => h.hostname), ['a']);
  });
  it('serves no DHCP where the interface has no address in the network, and says so of each guest', () => {
    const r = look({ dhcp, hosts: [{ insId: 'ins-00000001', mac: '52:54:00:00:00:01', ip: '10.8.0.50', hostname: 'a' }] }, null, { addresses: [{ interface: 'eth0', ip: '10.9.0.1' }] });
    assert.equal(r.dhcp, null);
    assert.deepEqual(refusals(r), ['52:54:00:00:00:01 10.8.0.50 NETWORK_UNAVAILABLE interfaceHasNoAddressIn']);
  });
  it('is the way out of guests only in private mode and as their gateway; otherwise what it leads to them looks as if it came from here', () => {
    const alias = { insId: 'ins-00000001', publicIp: '10.9.0.100', privateIp: '10.8.0.50' };
    const web = forward(80, { listenIp: '10.9.0.100', ncId: null, toIp: '10.8.0.50', toPort: 80 });
    const gateway = look({ dhcp, aliases: [alias], forwards: [web] });
    assert.deepEqual([gateway.forwarding.guests?.gateway, gateway.forwarding.redirects[0]?.hidden], [true, false]);
    const other = look({ dhcp: { ...dhcp, gateway: '10.8.0.254' }, aliases: [alias], forwards: [web] });
    assert.deepEqual([other.forwarding.guests?.gateway, other.forwarding.redirects[0]?.hidden], [false, true]);
    assert.equal(look({ mode: 'public', dhcp }).forwarding.guests?.gateway, false);
  });
  it('wants nothing when nothing is wanted', () => assert.deepEqual(look({ mode: 'public' }).forwarding, { redirects: [], aliases: [], guests: null }));
  it('knows which address is in a network', () => {
    assert.deepEqual(['10.8.0.0', '10.8.3.255', '10.8.4.0', '9.8.0.1'].map((ip) => inCidr(ip, '10.8.0.0/22')), [true, true, false, false]);
    assert.equal(inCidr('192.0.2.1', '0.0.0.0/0'), true);
  });
  it('reads the kernel\'s list of sockets', () => {
    const tcp = '  sl  local_address rem_address   st\n   0: 0100007F:1F90 00000000:0000 0A 0\n   1: 00000000:0016 00000000:0000 0A 0\n   2: 0100090A:2244 0200090A:9999 01 0';
    assert.deepEqual(parseListening(tcp, 'tcp'), [{ protocol: 'tcp', ip: '127.0.0.1', port: 8080 }, { protocol: 'tcp', ip: '0.0.0.0', port: 22 }]);
    const tcp6 = 'head\n 0: 00000000000000000000000000000000:2244 00000000000000000000000000000000:0000 0A\n 1: 0000000000000000FFFF00000100090A:0050 0:0 0A\n 2: 000080FE00000000000000000000000A:0051 0:0 0A';
    assert.deepEqual(parseListening(tcp6, 'tcp'), [{ protocol: 'tcp', ip: '0.0.0.0', port: 8772 }, { protocol: 'tcp', ip: '10.9.0.1', port: 80 }]);
  });
});
