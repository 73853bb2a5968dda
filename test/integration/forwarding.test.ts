// Forwarding and DHCP of a cluster controller, on packets: a person, the cluster controller, a node and a guest are network namespaces.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createFakeForwarding, type FakeForwarding } from '../../apps/cc/src/drivers/forwarding/fake.ts';
import { wantsNothing, type ForwardingWanted, type Redirect } from '../../apps/cc/src/drivers/forwarding/interface.ts';
import { forwardingContract } from '../contract/forwarding.contract.ts';
import { dhcpAsk } from '../support/namespaces/dhcp-client.ts';
import { driversIn, type DriversThere } from '../support/namespaces/drivers.ts';
import { layNamespaces, type Lay, type Place } from '../support/namespaces/lay.ts';
import { eventually } from '../support/eventually.ts';

const TABLE = 'educloud_cc_00000001';
const GUESTS = { cidr: '10.8.0.0/24', from: '10.8.0.50', to: '10.8.0.99', gateway: true };

describe('forwarding, pretended', () => {
  let fake: FakeForwarding;
  before(() => { fake = createFakeForwarding(); });
  forwardingContract('the fake', () => ({ open: async () => fake, lose: async () => fake.lose(), left: async () => !wantsNothing(fake.now()) }));
});

describe('the network of a cluster, in namespaces', function () {
  this.timeout(60_000);
  let dir: string;
  let lay: Lay;
  let person: Place, cc: Place, node: Place, guest: Place;
  let there: DriversThere | null = null;
  const opened: DriversThere[] = [];
  const open = async (): Promise<DriversThere> => {
    there = await driversIn(cc, { publicInterface: 'pub0', guestInterface: 'br0', dir: path.join(dir, 'network') });
    opened.push(there);
    return there;
  };
  const drivers = (): DriversThere => there ?? assert.fail('no drivers');
  const forward = async (wanted: ForwardingWanted, look = false): Promise<number> => {
    const { changed, refused } = await drivers().forwarding.apply(wanted, { look });
    assert.deepEqual([...refused], []);
    return changed;
  };
  const toNode = (port: number): Redirect => ({ id: `n${port}`, protocol: 'tcp', listenIp: null, listenPort: port, toIp: '10.8.0.11', toPort: port, hidden: true });
  const toGuest: Redirect = { id: 'g', protocol: 'tcp', listenIp: '10.9.0.100', listenPort: 80, toIp: '10.8.0.50', toPort: 80, hidden: false };
  const withAlias: ForwardingWanted = { redirects: [toGuest], aliases: [{ id: '10.9.0.100', publicIp: '10.9.0.100', privateIp: '10.8.0.50' }], guests: GUESTS };
  const NOTHING: ForwardingWanted = { redirects: [], aliases: [], guests: null };

  before(async function () {
    if (process.getuid?.() !== 0 && process.env['CI'] !== 'true') this.skip();
    dir = mkdtempSync(path.join(os.tmpdir(), 'edu-forwarding-'));
    lay = layNamespaces('ew');
    [person, cc, node, guest] = [await lay.place('p'), await lay.place('c'), await lay.place('n'), await lay.place('g')];
    await lay.cable(person, 'eth0', cc, 'pub0');
    await lay.up(person, 'eth0', '10.9.0.2/24');
    await lay.up(cc, 'pub0', '10.9.0.1/24');
    await cc.do('ip', 'link', 'add', 'br0', 'type', 'bridge');
    for (const [place, device] of [[node, 'vn0'], [guest, 'vg0']] as const) {
      await lay.cable(place, 'eth0', cc, device);
      await cc.do('ip', 'link', 'set', device, 'master', 'br0', 'up');
    }
    await lay.up(cc, 'br0', '10.8.0.1/24');
    await lay.up(node, 'eth0', '10.8.0.11/24');
    await lay.up(guest, 'eth0', '10.8.0.50/24');
    await guest.do('ip', 'route', 'replace', 'default', 'via', '10.8.0.1');
    await cc.do('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    await node.serve(40_001, 'node');
    await guest.serve(80, 'guest');
    await cc.serve(2022, 'cc itself');
    await person.serve(8080, 'person');
    await open();
  });
  after(async () => {
    for (const one of opened) await one.kill();
    await lay?.end();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  forwardingContract('nftables', () => ({
    open: async () => (await open()).forwarding,
    lose: async () => { await cc.do('nft', 'flush', 'ruleset'); },
    left: async () => (await cc.do('nft', 'list', 'tables')).includes('educloud') || (await cc.do('ip', '-4', 'addr')).includes(':edu'),
  }));

  it('a card that is listed gets its address, router and name servers, and nobody else gets one', async () => {
    const { dhcp } = drivers();
    const wanted = { cidr: '10.8.0.0/24', gateway: '10.8.0.1', dns: ['10.9.0.53'], hosts: [{ mac: '52:54:00:00:00:50', ip: '10.8.0.50', hostname: 'web' }] };
    assert.equal(await dhcp.apply(wanted), 1);
    assert.equal(await dhcp.apply(wanted), 0, 'a second time changes nothing');
    assert.equal(await dhcpAsk(guest, 'eth0', '52:54:00:00:00:51', 600), null);
    await guest.do('ip', 'link', 'set', 'eth0', 'address', '52:54:00:00:00:50');
    assert.deepEqual(await eventually('an address', () => dhcpAsk(guest, 'eth0', '52:54:00:00:00:50', 600)), { ip: '10.8.0.50', router: '10.8.0.1', dns: '10.9.0.53', hostname: 'web', netmask: '255.255.255.0' });

    // Given to another card later, although the lease of the first has not run out.
    assert.equal(await dhcp.apply({ ...wanted, hosts: [{ mac: '52:54:00:00:00:52', ip: '10.8.0.50', hostname: 'other' }] }), 1);
    assert.equal((await eventually('an address for the other', () => dhcpAsk(guest, 'eth0', '52:54:00:00:00:52', 600))).hostname, 'other');
    assert.equal(await dhcpAsk(guest, 'eth0', '52:54:00:00:00:50', 400), null);

    // Killed: it comes back by itself, and another process of the daemon finds it.
    const pid = (): Promise<string> => cc.do('cat', path.join(dir, 'network', 'dnsmasq.pid'));
    const old = await pid();
    process.kill(Number(old), 'SIGKILL');
    await eventually('a new DHCP server', async () => { const now = await pid(); return now !== old && existsSync(`/proc/${now.trim()}`); }, 15_000);
    const running = await pid();
    const again = await open();
    assert.equal(await again.dhcp.apply({ ...wanted, hosts: [{ mac: '52:54:00:00:00:52', ip: '10.8.0.50', hostname: 'other' }] }), 0);
    assert.equal(await pid(), running);

    assert.equal(await again.dhcp.apply(null), 1);
    assert.equal(await cc.do('cat', `/proc/${running.trim()}/cmdline`).catch(() => ''), '', 'the server has ended');
    assert.equal(existsSync(path.join(dir, 'network', 'dnsmasq.hosts')), false);
  });

  it('leads a port of the cluster controller to a node, which sees the cluster controller as the sender, and only as long as it is wanted', async () => {
    assert.equal(await person.ask('10.9.0.1', 40_001, 300), null);
    await forward({ ...NOTHING, redirects: [toNode(40_001)] }, true);
    assert.equal(await person.ask('10.9.0.1', 40_001), 'node 10.8.0.1');
    assert.equal(await cc.ask('10.9.0.1', 40_001), 'node 10.8.0.1', 'also from the cluster controller itself');
    await forward(NOTHING);
    assert.equal(await person.ask('10.9.0.1', 40_001, 300), null);
  });

  it('leads a public address to a guest, which sees the person and answers and goes out under that address; the cluster controller\'s own services stay behind it', async () => {
    await forward(withAlias, true);
    assert.equal(await person.ask('10.9.0.100', 80), 'guest 10.9.0.2');
    assert.equal(await guest.ask('10.9.0.2', 8080), 'person 10.9.0.100');
    await node.do('ip', 'route', 'add', 'default', 'via', '10.8.0.1');
    assert.equal(await node.ask('10.9.0.100', 80), 'guest 10.8.0.1', 'also its neighbours reach it by its public address');
    await node.do('ip', 'route', 'del', 'default');
    assert.equal(await person.ask('10.9.0.1', 2022), 'cc itself 10.9.0.2');
    assert.equal(await person.ask('10.9.0.100', 2022, 300), null, 'not under the public address');
    assert.equal(await guest.ask('10.8.0.1', 2022, 300), null, 'a guest reaches no service of the cluster controller');
    assert.equal(await node.ask('10.8.0.1', 2022), 'cc itself 10.8.0.11', 'a node does');
    await person.do('ip', 'route', 'add', '10.8.0.0/24', 'via', '10.9.0.1');
    assert.equal(await person.ask('10.8.0.50', 80, 300), null, 'nobody gets past the public address, also with a route');
    await person.do('ip', 'route', 'del', '10.8.0.0/24');
    assert.ok((await drivers().host()).addresses.every((a) => a.ip !== '10.9.0.100'), 'the public address is not taken for one of the host');
    await forward(NOTHING);
    assert.equal(await person.ask('10.9.0.100', 80, 300), null);
    assert.equal((await cc.do('nft', 'list', 'tables')).includes(TABLE), false);
  });

  it('R199: sees the address of a bridge whose last guest was stopped', async () => {
    await cc.do('ip', 'link', 'add', 'br9', 'type', 'bridge');
    await cc.do('ip', 'addr', 'add', '10.7.0.1/24', 'dev', 'br9');
    await cc.do('ip', 'link', 'set', 'br9', 'up');
    await cc.do('ip', 'link', 'add', 'tap9', 'master', 'br9', 'type', 'veth', 'peer', 'name', 'guest9');
    await cc.do('ip', 'link', 'set', 'tap9', 'up');
    await cc.do('ip', 'link', 'del', 'tap9');
    await eventually('it has no carrier', async () => (await cc.do('ip', 'link', 'show', 'br9')).includes('NO-CARRIER'));
    const { addresses } = await drivers().host();
    await cc.do('ip', 'link', 'del', 'br9');
    assert.ok(addresses.some((a) => a.interface === 'br9' && a.ip === '10.7.0.1'), JSON.stringify(addresses));
  });

  it('keeps connections through a change, a kill and a new process, and cuts one whose way is taken away', async () => {
    await forward(withAlias, true);
    // Waits, then asks: prints what came, or nothing when the way is gone.
    const hold = (ms: number): Promise<string> => person.do(process.execPath, '-e', `const s=require('net').connect(80,'10.9.0.100');s.on('error',()=>0);s.on('close',()=>process.exit());setTimeout(()=>{s.write('GET / HTTP/1.0\\r\\n\\r\\n');setTimeout(()=>s.destroy(),700)},${ms});s.on('data',d=>process.stdout.write(String(d)))`);
    const established = (): Promise<unknown> => eventually('the connection', async () => /0200090A:[0-9A-F]{4} 01 /.test(await guest.do('cat', '/proc/net/tcp', '/proc/net/tcp6')));
    const held = hold(1200);
    await established();
    await drivers().kill();
    await open();
    assert.equal(await forward(withAlias, true), 0, 'another process of the daemon finds everything there');
    await forward({ ...withAlias, redirects: [toGuest, toNode(40_001)] });
    assert.match(await held, /guest 10\.9\.0\.2/);

    const cut = hold(700);
    await established();
    await forward({ ...withAlias, redirects: [toNode(40_001)] });
    assert.equal(await cut, '');
    await forward(NOTHING);
  });

  it('costs little, however many ways there are', async function () {
    const many = (n: number): ForwardingWanted => ({ ...withAlias, redirects: [toGuest, ...Array.from({ length: n }, (_, i) => toNode(20_000 + i))] });
    const figures: string[] = [];
    for (const n of [0, 100, 1000]) {
      await forward(many(n), true);
      const added: number[] = [];
      for (let i = 0; i < 5; i += 1) {
        await forward({ ...many(n), redirects: [...many(n).redirects, toNode(50_000)] });
        added.push(drivers().tookMs());
        await forward(many(n));
      }
      await forward(many(n), true);
      const looked = drivers().tookMs();
      figures.push(`${n} ways: one more ${added.sort((a, b) => a - b)[2]!.toFixed(1)} ms, a look at all ${looked.toFixed(1)} ms`);
    }
    console.log(`        ${figures.join('; ')}`);
    await forward(NOTHING);
  });
});
