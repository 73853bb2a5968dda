import assert from 'node:assert/strict';
import { ClusterNetworkSettings } from '@educloud/contracts';
import { clashWith, mistakesOf } from './check-settings.ts';
import { hostnameOf } from './state.ts';
import { ipNumber, ipText, macNumber, macText, netOf, poolsOf, sizeOf } from './addresses.ts';
import { ownPorts } from './own-ports.ts';

const net = (set: object = {}) => ({ cidr: '10.20.0.0/24', from: '10.20.0.10', to: '10.20.0.20', gateway: '10.20.0.1', ...set });
const settings = (set: object = {}): ClusterNetworkSettings => ClusterNetworkSettings.parse({ bridge: 'br0', privateNet: net(), ...set });
const fieldsOf = (set: object): string[] => mistakesOf(settings(set)).map((mistake) => mistake.field);

describe('a network setting', () => {
  it('that is in order has no mistakes, nor has the default', () => {
    assert.deepEqual(mistakesOf(ClusterNetworkSettings.parse({})), []);
    assert.deepEqual(mistakesOf(settings({ mode: 'private', publicIps: [{ from: '203.0.113.10', to: '203.0.113.20' }, { from: '203.0.113.30', to: '203.0.113.30' }], macs: { from: '52:54:00:00:00:00', to: '52:54:00:00:ff:ff' } })), []);
  });
  const refused: Array<[string, object, string]> = [
    ['a range that ends before it begins', { rdpPorts: { from: 300, to: 200 } }, 'rdpPorts.to'],
    ['two pools of ports that overlap', { rdpPorts: { from: 300, to: 400 }, managementPorts: { from: 400, to: 500 } }, 'managementPorts'],
    ['public ranges that overlap', { publicIps: [{ from: '203.0.113.1', to: '203.0.113.9' }, { from: '203.0.113.9', to: '203.0.113.12' }] }, 'publicIps.1'],
    ['public addresses inside the private net', { publicIps: [{ from: '10.20.0.100', to: '10.20.0.110' }] }, 'publicIps.0'],
    ['a reversed public range', { publicIps: [{ from: '203.0.113.9', to: '203.0.113.1' }] }, 'publicIps.0.to'],
    ['addresses no host can have', { publicIps: [{ from: '127.0.0.1', to: '127.0.0.1' }] }, 'publicIps.0.from'],
    ['more addresses than can be rows', { publicIps: [{ from: '11.0.0.0', to: '11.255.255.255' }] }, 'publicIps'],
    ['a gateway outside the net', { privateNet: net({ gateway: '10.21.0.1' }) }, 'privateNet.gateway'],
    ['a gateway inside the pool', { privateNet: net({ gateway: '10.20.0.15' }) }, 'privateNet.gateway'],
    ['a name server inside the pool', { privateNet: net({ dns: ['10.20.0.15'] }) }, 'privateNet.dns.0'],
    ['a pool with the net’s own address', { privateNet: net({ from: '10.20.0.0', gateway: null }) }, 'privateNet.from'],
    ['a pool with the broadcast address', { privateNet: net({ to: '10.20.0.255' }) }, 'privateNet.to'],
    ['a pool outside the net', { privateNet: net({ to: '10.20.1.5' }) }, 'privateNet.to'],
    ['a net that names a host', { privateNet: net({ cidr: '10.20.0.7/24' }) }, 'privateNet.cidr'],
    ['a net of one address', { privateNet: net({ cidr: '10.20.0.10/32', from: '10.20.0.10', to: '10.20.0.10' }) }, 'privateNet.cidr'],
    ['a multicast MAC address', { macs: { from: '53:54:00:00:00:00', to: '53:54:00:00:00:ff' } }, 'macs.from'],
    ['a reversed range of MAC addresses', { macs: { from: '52:54:00:00:00:ff', to: '52:54:00:00:00:00' } }, 'macs.to'],
    ['a bridge without a net', { privateNet: null }, 'privateNet'],
    ['a net without a bridge', { bridge: null }, 'bridge'],
  ];
  for (const [what, set, field] of refused) it(`names the field for ${what}`, () => assert.ok(fieldsOf(set).includes(field), fieldsOf(set).join(', ')));

  it('may have the private net of another private cluster, but no address that others could mean', () => {
    const one = settings({ mode: 'private', publicIps: [{ from: '203.0.113.10', to: '203.0.113.20' }], macs: { from: '52:54:00:00:00:00', to: '52:54:00:00:00:ff' } });
    const other = (set: object) => clashWith(settings({ mode: 'private', ...set }), one, 'cluster-1')?.field ?? null;
    assert.equal(other({}), null);
    assert.equal(other({ publicIps: [{ from: '203.0.113.20', to: '203.0.113.30' }] }), 'publicIps');
    assert.equal(other({ macs: { from: '52:54:00:00:00:ff', to: '52:54:00:00:01:ff' } }), 'macs');
    assert.equal(clashWith(settings(), settings(), 'x')?.field, 'privateNet');
  });
});

describe('addresses as numbers', () => {
  it('are the same when they are text again', () => {
    for (const ip of ['0.0.0.0', '10.20.0.255', '203.0.113.10', '255.255.255.255']) assert.equal(ipText(ipNumber(ip)), ip);
    for (const mac of ['00:00:00:00:00:01', '52:54:00:ff:00:9a', 'fe:ff:ff:ff:ff:ff']) assert.equal(macText(macNumber(mac)), mac);
    assert.deepEqual(netOf('192.168.7.9/22'), { from: ipNumber('192.168.4.0'), to: ipNumber('192.168.7.255'), bits: 22 });
    assert.equal(sizeOf(poolsOf(settings())['private-ip']), 11);
  });
  it('are known of daemons also where the port is the usual one', () => {
    assert.deepEqual(ownPorts([{ name: 'a', url: 'http://x:8774' }, { name: 'b', url: '' }], { bus: 'amqp://u:p@h/clc', cache: 'memory:x', door: 'https://cloud.example' }).map(({ port }) => port), [8774, 5672, 443]);
  });
});

describe('a host name of a guest', () => {
  it('is one that DHCP can give, and nobody else has', () => {
    assert.equal(hostnameOf('Web Server 1', 'ins-0000000a'), 'web-server-1-0000000a');
    assert.equal(hostnameOf('教室\n--', 'ins-0000000a'), 'ins-0000000a');
    assert.ok(hostnameOf('x'.repeat(128), 'ins-0000000a').length <= 63);
  });
});
