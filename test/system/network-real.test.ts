// Ways to real guests: a cluster controller between people and two nodes, each a network namespace, each node with a libvirtd of its own. What
// a guest sends is judged at its tap, addresses come by DHCP, and after the stop nothing is left.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { GuestNic } from '@educloud/contracts';
import type { DhcpWanted } from '../../apps/cc/src/drivers/dhcp/interface.ts';
import type { ForwardingWanted } from '../../apps/cc/src/drivers/forwarding/interface.ts';
import { makeGuestImage } from '../../tools/guest-image.ts';
import { startLibvirtd, type LibvirtServer } from '../../tools/servers/libvirtd.ts';
import { eventually } from '../support/eventually.ts';
import { guestOf, type LibvirtGuest } from '../support/libvirt-guest.ts';
import { driversIn, type DriversThere } from '../support/namespaces/drivers.ts';
import { layNamespaces, type Lay, type Place } from '../support/namespaces/lay.ts';
import { frames } from '../support/namespaces/frames.ts';
import { guestAsks, makeTalk, serveInGuest } from '../support/namespaces/talk.ts';
import { workerIn, type Worker } from '../support/namespaces/worker.ts';

const DESK = 'ins-000000d1'; // on node 1, a NAT card
const WEB = 'ins-000000e1'; // on node 1, a bridged card
const OTHER = 'ins-000000e2'; // on node 2, a bridged card
const WEB_MAC = '52:54:00:00:00:50';
const OTHER_MAC = '52:54:00:00:00:51';
const PUBLIC_IP = '10.9.0.100';

const NOTHING: ForwardingWanted = { redirects: [], aliases: [], guests: null };
const GUESTS = { cidr: '10.8.0.0/24', from: '10.8.0.50', to: '10.8.0.99', gateway: true };
const PRIVATE: ForwardingWanted = {
  redirects: [
    { id: 'desk', protocol: 'tcp', listenIp: null, listenPort: 20_001, toIp: '10.8.0.11', toPort: 20_001, hidden: true },
    { id: 'web', protocol: 'tcp', listenIp: PUBLIC_IP, listenPort: 80, toIp: '10.8.0.50', toPort: 80, hidden: false },
  ],
  aliases: [{ id: PUBLIC_IP, publicIp: PUBLIC_IP, privateIp: '10.8.0.50' }], guests: GUESTS,
};
const DHCP: DhcpWanted = { cidr: '10.8.0.0/24', gateway: '10.8.0.1', dns: [], hosts: [{ mac: WEB_MAC, ip: '10.8.0.50', hostname: 'web' }, { mac: OTHER_MAC, ip: '10.8.0.51', hostname: 'other' }] };

describe('ways to real guests, in network namespaces', function () {
  this.timeout(300_000);
  let dir: string;
  let lay: Lay;
  let person: Place, cc: Place, nc1: Place, nc2: Place;
  let libvirt1: LibvirtServer, libvirt2: LibvirtServer;
  let node1: Worker, node2: Worker;
  let drivers: DriversThere;
  const open = async (): Promise<void> => { drivers = await driversIn(cc, { publicInterface: 'pub0', guestInterface: 'br0', dir: path.join(dir, 'cc') }); };
  const forward = async (wanted: ForwardingWanted): Promise<number> => {
    const { changed, refused } = await drivers.forwarding.apply(wanted, { look: true });
    assert.deepEqual([...refused], []);
    return changed;
  };
  const node = (n: 1 | 2, at: Place, server: LibvirtServer): Promise<Worker> => workerIn(at, 'node-process.ts', server.uri, `nc-0000000${n}`, path.join(dir, `vnc${n}`), `10.8.0.1${n}`);
  const disk = (insId: string): string => path.join(dir, `${insId}.qcow2`);
  const [desk, web, other] = [DESK, WEB, OTHER].map((insId) => (): LibvirtGuest => guestOf((insId === OTHER ? libvirt2 : libvirt1).uri, insId)) as [() => LibvirtGuest, () => LibvirtGuest, () => LibvirtGuest];
  const bridged = (mac: string, ip: string): GuestNic[] => [{ mode: 'bridge', mac, bridge: 'br0', ip }];
  const who = (from: Place, host: string, port: number, withinMs?: number): Promise<string | null> => from.ask(host, port, withinMs).then((text) => text?.trim() ?? null);

  before(async function () {
    if (process.getuid?.() !== 0 && process.env['CI'] !== 'true') this.skip();
    dir = mkdtempSync(path.join(os.tmpdir(), 'edu-net-'));
    mkdirSync(path.join(dir, 'cc'));
    lay = layNamespaces('er');
    [person, cc, nc1, nc2] = [await lay.place('p'), await lay.place('c'), await lay.place('a'), await lay.place('b')];
    await lay.cable(person, 'eth0', cc, 'pub0');
    await lay.up(person, 'eth0', '10.9.0.2/24');
    await lay.up(cc, 'pub0', '10.9.0.1/24');
    await cc.do('ip', 'link', 'add', 'br0', 'type', 'bridge');
    await lay.up(cc, 'br0', '10.8.0.1/24');
    await cc.do('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    for (const [place, port, address] of [[nc1, 'va', '10.8.0.11/24'], [nc2, 'vb', '10.8.0.12/24']] as const) {
      await lay.cable(place, 'up0', cc, port);
      await cc.do('ip', 'link', 'set', port, 'master', 'br0', 'up');
      await place.do('ip', 'link', 'add', 'br0', 'type', 'bridge');
      await place.do('ip', 'link', 'set', 'up0', 'master', 'br0', 'up');
      await lay.up(place, 'br0', address);
      await place.do('ip', 'route', 'add', 'default', 'via', '10.8.0.1');
    }
    await person.serve(8080, 'person');
    await nc2.serve(2022, 'node');
    [libvirt1, libvirt2] = await Promise.all([startLibvirtd({ dir: path.join(dir, 'lv1'), netns: nc1.name, hideKvm: true }), startLibvirtd({ dir: path.join(dir, 'lv2'), netns: nc2.name, hideKvm: true })]);
    [node1, node2] = await Promise.all([node(1, nc1, libvirt1), node(2, nc2, libvirt2), open()]).then(([a, b]) => [a, b]);
    await drivers.dhcp.apply(DHCP);

    const talk = await makeTalk(dir);
    const base = await makeGuestImage('disk');
    for (const insId of [DESK, WEB, OTHER]) execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base, disk(insId)]);
    await Promise.all([
      node1.ask('start', DESK, disk(DESK), [{ mode: 'nat', mac: '52:54:00:00:00:d1', forwards: [{ protocol: 'tcp', hostPort: 20_001, guestPort: 80 }] }]),
      node1.ask('start', WEB, disk(WEB), bridged(WEB_MAC, '10.8.0.50')),
      node2.ask('start', OTHER, disk(OTHER), bridged(OTHER_MAC, '10.8.0.51')),
    ]);
    await Promise.all(([['desk', desk], ['web', web], ['other', other]] as const).map(async ([name, guest]) => {
      await guest().booted();
      await serveInGuest(guest(), talk, name);
    }));
  });
  after(async () => {
    await Promise.all([drivers, node1, node2].map((one) => (one as Worker | undefined)?.kill()));
    await Promise.all([libvirt1, libvirt2].map((one) => (one as LibvirtServer | undefined)?.stop({ guests: true })));
    await lay?.end();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  it('nodes say which bridges they have', async () => assert.deepEqual(await node1.ask('bridges'), ['br0']));
  it('public mode: a desktop with a NAT card is reached at its node\'s address and port', async () => {
    await person.do('ip', 'route', 'add', '10.8.0.0/24', 'via', '10.9.0.1');
    const answer = await who(person, '10.8.0.11', 20_001, 5000);
    await person.do('ip', 'route', 'del', '10.8.0.0/24');
    assert.equal(answer, 'desk 10.9.0.2');
  });
  it('private mode: it is reached at the cluster controller\'s address and port, and the node is not', async () => {
    assert.equal(await who(person, '10.8.0.11', 20_001, 500), null);
    assert.equal(await who(person, '10.9.0.1', 20_001, 500), null);
    await forward(PRIVATE);
    assert.equal(await who(person, '10.9.0.1', 20_001, 5000), 'desk 10.8.0.1');
    assert.equal(await who(person, '10.8.0.11', 20_001, 500), null);
  });
  it('a server has the address that was leased to it, is reached by its public address, and goes out under that', async () => {
    // Its agent may answer before it has an address.
    assert.match(await eventually('it has an address', () => web().sh('ip -4 -o addr show scope global'), 60_000), /10\.8\.0\.50\/24/);
    assert.equal(await who(person, PUBLIC_IP, 80, 5000), 'web 10.9.0.2');
    assert.equal(await guestAsks(web(), '10.9.0.2', 8080), `person ${PUBLIC_IP}`);
    assert.equal(await guestAsks(other(), '10.9.0.2', 8080), 'person 10.9.0.1', 'one without a public address goes out under that of the cluster controller');
    assert.equal(await guestAsks(other(), PUBLIC_IP, 80), 'web 10.8.0.1', 'neighbours use the public address too');
  });
  it('a guest that takes another IP or MAC address is heard by nobody, and as itself again', async () => {
    const device = (await other().sh("basename $(ls -d /sys/class/net/e*)")).trim();
    const asks = (): Promise<string> => guestAsks(other(), '10.8.0.50', 80, 2);
    assert.equal(await asks(), 'web 10.8.0.51');
    const as = (mac: string, ip: string): Promise<string> => other().sh(`killall udhcpc 2>/dev/null; ip link set ${device} down; ip link set ${device} address ${mac}; ip link set ${device} up; ip addr flush dev ${device}; ip addr add ${ip}/24 dev ${device}`);
    await as(OTHER_MAC, '10.8.0.60');
    assert.equal(await asks(), '');
    await as(OTHER_MAC, '10.8.0.1');
    assert.equal(await asks(), '', 'nor as the gateway');
    await as('52:54:00:00:00:66', '10.8.0.51');
    assert.equal(await asks(), '');
    await as(WEB_MAC, '10.8.0.50');
    assert.equal(await who(person, PUBLIC_IP, 80, 5000), 'web 10.9.0.2', 'it does not draw another\'s traffic');
    await as(OTHER_MAC, '10.8.0.51');
    assert.equal(await eventually('its own address works again', asks, 20_000), 'web 10.8.0.51');
    assert.doesNotMatch(await cc.do('ip', 'neigh'), /10\.8\.0\.60 .*lladdr/);
  });
  it('R154: whatever a guest writes on its card, its neighbours do not hear it as a DHCP server, a router, a gateway or somebody else', async () => {
    const { forbidden, own } = frames({ mac: OTHER_MAC, ip: '10.8.0.51' }, { mac: WEB_MAC, ip: '10.8.0.50' }, '10.8.0.1', 'heard-');
    const card = async (guest: LibvirtGuest): Promise<string> => (await guest.sh('basename $(ls -d /sys/class/net/e*)')).trim();
    await web().sh(`/root/talk hear ${await card(web())} heard- /tmp/heard`);
    // QEMU gives tagged frames to no guest that has not asked for them: they must not come so far.
    const onTheWire = path.join(dir, 'heard');
    await cc.do(path.join(dir, 'talk'), 'hear', 'vb', 'heard-', onTheWire);
    const heard = async (): Promise<string[]> => [await web().read('/tmp/heard'), readFileSync(onTheWire, 'utf8')].map((text) => [...new Set(text.split('\n').flatMap((line) => line.slice('heard-'.length) || []))].join(' '));
    const device = await card(other());
    // One after the other on one wire: when the last has come, the others will not.
    await other().sh([...forbidden, own].map(([, hex]) => `/root/talk frame ${device} ${hex}`).join(' && '));
    await eventually('what it may say is heard', async () => (await heard()).every((words) => words.includes('own')), 20_000);
    assert.deepEqual(await heard(), ['own', 'own']);
  });
  it('a guest reaches no service of its node, nor of the cluster controller', async () => {
    assert.equal(await cc.ask('10.8.0.12', 2022), 'node 10.8.0.1', 'others do');
    assert.equal(await guestAsks(other(), '10.8.0.12', 2022, 2), '');
    assert.equal(await guestAsks(other(), '10.8.0.1', 2022, 2), '');
  });
  it('a cluster controller, a node controller and libvirt that are killed and come back change nothing: guests and their ways go on', async () => {
    const rules = async (): Promise<string[]> => Promise.all([cc, nc1, nc2].map((place) => place.do('nft', '-s', 'list', 'ruleset')));
    const before = await rules();
    const pids = [desk().qemuPid(), web().qemuPid()];
    await Promise.all([drivers.kill(), node1.kill()]);
    assert.equal(await who(person, PUBLIC_IP, 80, 5000), 'web 10.9.0.2', 'while nobody is there');
    await libvirt1.kill();
    await libvirt1.restart();
    assert.equal(await who(person, '10.9.0.1', 20_001, 5000), 'desk 10.8.0.1');
    [node1] = await Promise.all([node(1, nc1, libvirt1), open()]);
    assert.equal(await forward(PRIVATE), 0);
    assert.equal(await drivers.dhcp.apply(DHCP), 0);
    await node1.ask('start', DESK, disk(DESK), [{ mode: 'nat', mac: '52:54:00:00:00:d1', forwards: [{ protocol: 'tcp', hostPort: 20_001, guestPort: 80 }] }]);
    await node1.ask('start', WEB, disk(WEB), bridged(WEB_MAC, '10.8.0.50'));
    assert.deepEqual(await rules(), before);
    assert.deepEqual([desk().qemuPid(), web().qemuPid()], pids);
    assert.equal(await who(person, PUBLIC_IP, 80, 5000), 'web 10.9.0.2');
  });
  it('after the stop nothing is reached and nothing is left', async () => {
    await forward(NOTHING);
    await drivers.dhcp.apply(null);
    assert.equal(await who(person, PUBLIC_IP, 80, 500), null);
    assert.equal(await who(person, '10.9.0.1', 20_001, 500), null);
    await Promise.all([node1.ask('absent', DESK), node1.ask('absent', WEB), node2.ask('absent', OTHER)]);
    await eventually('no guards', async () => (await Promise.all([cc, nc1, nc2].map((place) => place.do('nft', 'list', 'ruleset')))).every((text) => text.trim() === ''));
    for (const place of [cc, nc1, nc2]) {
      assert.doesNotMatch(await place.do('ip', '-o', 'link'), / e000000\w+n\d/);
      assert.doesNotMatch(await place.do('ip', '-o', 'addr'), /:edu|10\.9\.0\.100/);
    }
    assert.doesNotMatch(await nc1.do('cat', '/proc/net/tcp'), /:4E21 .* 0A /, 'port 20001 is free');
    assert.equal(existsSync(path.join(dir, 'cc', 'dnsmasq.pid')), false);
  });
});
