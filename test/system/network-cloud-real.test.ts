// The way of people to real guests of a whole cloud in private mode: cluster controller and two nodes are hosts of their own (network namespaces),
// the person reaches the cluster controller alone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ClusterNetworkView, InstanceView } from '@educloud/contracts';
import { layoutOf, settingsOf, type DaemonName } from '../../tools/cloud/layout.ts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { makeGuestImage } from '../../tools/guest-image.ts';
import { startLibvirtd, type LibvirtServer } from '../../tools/servers/libvirtd.ts';
import { eduOf } from '../support/edu-process.ts';
import { eventually } from '../support/eventually.ts';
import { instanceUserOf, type InstanceUser } from '../support/instance-flow.ts';
import { guestOf, type LibvirtGuest } from '../support/libvirt-guest.ts';
import { layNamespaces, type Lay, type Place } from '../support/namespaces/lay.ts';
import { guestAsks, makeTalk, serveInGuest } from '../support/namespaces/talk.ts';
import { startProxy, type Proxy } from '../support/proxy.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../support/servers.ts';

describe('ways to real guests of a whole cloud, in private mode', function () {
  this.timeout(300_000);
  let dir: string;
  let lay: Lay;
  let person: Place, cc: Place;
  const nodes: Place[] = [];
  const libvirts: LibvirtServer[] = [];
  const proxies: Proxy[] = [];
  let cloud: Cloud;
  let user: InstanceUser;
  const bridge = `em${process.pid}`;
  const net = `10.233.${process.pid % 250}`;
  const NODES: DaemonName[] = ['nc', 'nc-2'];

  /** A host with a cable to those on which the CLC and the servers are. */
  async function managed(what: string, address: string): Promise<Place> {
    const place = await lay.place(what);
    execFileSync('ip', ['link', 'add', `${bridge}${what}`, 'type', 'veth', 'peer', 'name', 'mgmt0', 'netns', place.name]);
    execFileSync('ip', ['link', 'set', `${bridge}${what}`, 'master', bridge, 'up']);
    await lay.up(place, 'mgmt0', `${address}/24`);
    return place;
  }
  /** From inside the namespaces a server of this host is reached here. */
  async function door(port: number): Promise<Proxy> {
    const proxy = await startProxy({ target: { host: '127.0.0.1', port }, listen: { host: `${net}.1`, port: 0 } });
    proxies.push(proxy);
    return proxy;
  }
  const by = (url: string, { host, port }: Proxy): string => url.replace(/@[^/]+/, `@${host}:${port}`);
  const guest = ({ nodeName, id }: InstanceView): LibvirtGuest => guestOf(libvirts[nodeName === 'nc-1' ? 0 : 1]?.uri ?? null, id);

  before(async function () {
    if (process.getuid?.() !== 0 && process.env['CI'] !== 'true') this.skip();
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'edu-ways-'));
    await chmod(dir, 0o755);
    lay = layNamespaces('em');
    execFileSync('ip', ['link', 'add', bridge, 'type', 'bridge']);
    execFileSync('ip', ['addr', 'add', `${net}.1/24`, 'dev', bridge]);
    execFileSync('ip', ['link', 'set', bridge, 'up']);
    person = await lay.place('p');
    cc = await managed('c', `${net}.10`);
    await lay.cable(person, 'eth0', cc, 'pub0');
    await lay.up(person, 'eth0', '10.9.0.2/24');
    await lay.up(cc, 'pub0', '10.9.0.1/24');
    await cc.do('ip', 'link', 'add', 'br0', 'type', 'bridge');
    await lay.up(cc, 'br0', '10.8.0.1/24');
    await cc.do('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    for (const n of [1, 2]) {
      const place = await managed(`n${n}`, `${net}.1${n}`);
      await lay.cable(place, 'up0', cc, `v${n}`);
      await cc.do('ip', 'link', 'set', `v${n}`, 'master', 'br0', 'up');
      await place.do('ip', 'link', 'add', 'br0', 'type', 'bridge');
      await place.do('ip', 'link', 'set', 'up0', 'master', 'br0', 'up');
      await lay.up(place, 'br0', `10.8.0.1${n}/24`);
      nodes.push(place);
    }
    libvirts.push(...(await Promise.all(nodes.map((place, i) => startLibvirtd({ dir: path.join(dir, `lv${i + 1}`), netns: place.name, hideKvm: true })))));

    const cloudDir = path.join(dir, 'cloud');
    const [{ ports }, amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([settingsOf(layoutOf(cloudDir), 2), freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    const broker = await door(Number(new URL(amqpUrl).port));
    const http = ({ host, port }: Proxy): string => `http://${host}:${port}`;
    const node = (i: number): Record<string, unknown> => ({
      listen: { host: '0.0.0.0' }, publicUrl: `http://${net}.1${i + 1}:${ports[NODES[i] as DaemonName]}`, busUrl: by(clusterAmqpUrl, broker), ccUrl: `http://${net}.10:${ports.cc}`,
      hypervisor: { uri: libvirts[i]?.uri, acceleration: 'tcg' }, network: { accessIp: `10.8.0.1${i + 1}` },
    });
    cloud = await startCloud({
      dir: cloudDir, mode: 'distributed', hypervisor: 'libvirt', nodes: 2, servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null },
      overrides: {
        walrus: { publicUrl: http(await door(ports.walrus)) },
        cc: { listen: { host: '0.0.0.0' }, publicUrl: `http://${net}.10:${ports.cc}`, busUrl: by(amqpUrl, broker), clusterBusUrl: by(clusterAmqpUrl, broker), clcUrl: http(await door(ports.clc)), network: { publicInterface: 'pub0', dhcpInterface: 'br0' } },
        nc: node(0), 'nc-2': node(1),
      },
      hosts: { cc: `${net}.10`, nc: `${net}.11`, 'nc-2': `${net}.12` },
      enter: { cc: cc.enter, nc: nodes[0]?.enter ?? [], 'nc-2': nodes[1]?.enter ?? [] },
    });
    user = await instanceUserOf(cloud);
    const { clcUrl, adminUser, adminPassword } = cloud.json;
    const ask = async <T>(method: string, at: string, body: unknown, headers: Record<string, string> = {}): Promise<T> => {
      const response = await fetch(`${clcUrl}/clc/api/1.0${at}`, { method, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) });
      assert.ok(response.ok, `${at}: ${response.status} ${response.ok ? '' : await response.text()}`);
      return (await response.json()) as T;
    };
    const { token } = await ask<{ token: string }>('POST', '/login', { user: adminUser, password: adminPassword });
    const put = (settings: object): Promise<ClusterNetworkView> => ask('PUT', '/clusters/cluster-1/network', settings, { Authorization: `Bearer ${token}`, 'If-Match': '"0"' });
    await assert.rejects(put({ managementPorts: { from: ports.cc, to: ports.cc } }), /PORT_OF_CLOUD/);
    const set = await put({
      mode: 'private', managementPorts: { from: 5000, to: 5099 }, rdpPorts: { from: 5100, to: 5199 }, accessHost: '10.9.0.1', bridge: 'br0', privateNet: { cidr: '10.8.0.0/24', from: '10.8.0.50', to: '10.8.0.99', gateway: '10.8.0.1' }, publicIps: [{ from: '10.9.0.100', to: '10.9.0.109' }],
    });
    assert.equal(set.mode, 'private');
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    await Promise.all(libvirts.map((one) => one.stop({ guests: true })));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await lay?.end();
    try { execFileSync('ip', ['link', 'del', bridge], { stdio: 'ignore' }); } catch { /* it was never made */ }
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  it('a server is reached by its public address and a desktop at a port of the cluster controller, from the moment they run until they stop, are suspended or power themselves off; nothing is left', async () => {
    const edu = await eduOf(cloud, path.join(dir, 'edu'));
    const { imageId } = await edu.json<{ imageId: string }>('image', 'upload', await makeGuestImage('disk'), '--name', 'tiny', '--ostype', 'linux', '--usage', 'server');
    const services = [{ name: 'web', port: 80 }];
    const common = { imageId, memoryMiB: 128, cpus: 1, services };
    const defined = await Promise.all([
      user.define({ ...common, name: 'web', kind: 'vs', lifetime: 'persistent' }),
      user.define({ ...common, name: 'desk', kind: 'rvd', lifetime: 'temporary', nics: [{ mode: 'nat' }] }),
    ]);
    const [web, desk] = (await Promise.all(defined.map(({ id }) => user.do(id, 'run')))) as [InstanceView, InstanceView];
    for (const one of [web, desk]) assert.equal(one.status, 'ACTIVE', `${one.name}: ${one.message}`);
    const talk = await makeTalk(dir);
    await Promise.all([web, desk].map(async (one) => {
      await guest(one).booted();
      await serveInGuest(guest(one), talk, one.name);
    }));

    const [card] = web.nics;
    // Its agent answers, slow as it may be, perhaps before it has an address; asked too early, its neighbours give up for some seconds.
    const addresses = await eventually('it has an address', () => guest(web).sh('ip -4 -o addr show scope global; ip route show default').then((text) => (/^default /m.test(text) ? text : null)), 60_000);
    assert.match(addresses, new RegExp(`${card?.ip}/24`), 'its address is the one that was leased');
    const [webDoor, deskDoor] = [web, desk].map((one) => one.access[0]);
    assert.deepEqual([webDoor?.host, webDoor?.port, webDoor?.state], [card?.publicIp, 80, 'open']);
    assert.equal(deskDoor?.host, '10.9.0.1');
    const reached = (which: typeof webDoor): Promise<string | null> => person.ask(which?.host ?? '', which?.port ?? 0, 5000);
    const first = (await eventually('the server answers', () => reached(webDoor), 30_000).catch(() => null))?.trim();
    if (first !== 'web 10.9.0.2') assert.fail(`answered «${first}»\n${[await cc.do('nft', 'list', 'ruleset'), await cc.do('ip', 'neigh'), await guest(web).sh('ip route; ip neigh; netstat -lnt')].join('\n')}`);
    assert.match(await eventually('the desktop answers', () => reached(deskDoor), 30_000), /^desk /);
    await person.serve(8080, 'person');
    assert.equal(await guestAsks(guest(web), '10.9.0.2', 8080), `person ${card?.publicIp}`);

    // Killed and started again, the cluster controller finds everything as it should be.
    const rules = await cc.do('nft', '-s', 'list', 'ruleset');
    await cloud.kill('cc');
    assert.equal((await reached(webDoor))?.trim(), 'web 10.9.0.2');
    await cloud.start('cc');
    await cloud.ready('cc');
    assert.equal(await cc.do('nft', '-s', 'list', 'ruleset'), rules);

    // Suspended nothing leads to it; resumed, and gone on, everything does again.
    const publicWays = async (): Promise<boolean> => /10\.9\.0\.10\d/.test(await cc.do('nft', 'list', 'ruleset'));
    assert.equal((await user.do(web.id, 'suspend')).status, 'SUSPENDED');
    assert.equal(await publicWays(), false);
    assert.equal((await user.do(web.id, 'resume')).status, 'ACTIVE');
    assert.equal((await eventually('the resumed guest answers', () => reached(webDoor), 30_000))?.trim(), 'web 10.9.0.2');
    // The cluster controller looks by itself only once a minute.
    await guest(web).shove('poweroff');
    await eventually('it is off', async () => (await user.instance(web.id)).status === 'SHUTOFF', 60_000);
    await eventually('nothing leads to a guest that powered itself off', async () => !(await publicWays()), 5_000);

    await user.do(desk.id, 'stop', { graceSeconds: 20 });
    assert.equal(await person.ask(webDoor?.host ?? '', 80, 500), null);
    assert.equal(await person.ask('10.9.0.1', deskDoor?.port ?? 0, 500), null);
    await Promise.all([web, desk].map((one) => user.do(one.id, 'delete')));
    await eventually('no ways and guards are left', async () => {
      const kept = (await Promise.all([cc, ...nodes].map((place) => place.do('nft', 'list', 'ruleset')))).join('\n');
      // What stays is the network itself: its range of addresses.
      return !/10\.8\.0\.5\d\b(?!-)|e[0-9a-f]{8}n\d|10\.9\.0\.10\d/.test(kept);
    }, 20_000);
    assert.doesNotMatch(await cc.do('ip', '-o', 'addr'), /:edu/);
    for (const place of nodes) assert.doesNotMatch(await place.do('ip', '-o', 'link'), / e[0-9a-f]{8}n\d/);
  });
});
