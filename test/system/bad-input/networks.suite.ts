// What nobody should write as the network of a cluster or ask for as a card: refused with the field named, and nothing changes.
import assert from 'node:assert/strict';
import { assertProblem } from './requests.suite.ts';
import type { Scene } from './scene.ts';

const NET = { cidr: '10.77.0.0/24', from: '10.77.0.10', to: '10.77.0.20', gateway: '10.77.0.1' };
const BRIDGED = { bridge: 'br0', privateNet: NET };
const PUT: Array<[what: string, body: object, status: number, field: RegExp]> = [
  ['port 0', { rdpPorts: { from: 0, to: 10 } }, 400, /rdpPorts/], ['port 65536', { rdpPorts: { from: 65_000, to: 65_536 } }, 400, /rdpPorts/], ['half a port', { managementPorts: { from: 1.5, to: 9 } }, 400, /managementPorts/],
  ['a reversed range', { rdpPorts: { from: 300, to: 200 } }, 400, /rdpPorts\.to/], ['pools that overlap', { rdpPorts: { from: 300, to: 400 }, managementPorts: { from: 350, to: 450 } }, 400, /managementPorts/],
  ...['10.77.0.0', '10.77.0.0/33', '10.77.0/24', '300.1.1.1/24', '::/64', '10.77.0.0/24; rm -rf /', '', '10.77.0.5/24', '0.0.0.0/0'].map((cidr): [string, object, number, RegExp] => [`CIDR «${cidr}»`, { ...BRIDGED, privateNet: { ...NET, cidr } }, 400, /privateNet/]),
  ['a gateway outside the net', { ...BRIDGED, privateNet: { ...NET, gateway: '10.78.0.1' } }, 400, /privateNet\.gateway/], ['a gateway in the pool', { ...BRIDGED, privateNet: { ...NET, gateway: '10.77.0.12' } }, 400, /privateNet\.gateway/],
  ['the broadcast address in the pool', { ...BRIDGED, privateNet: { ...NET, to: '10.77.0.255' } }, 400, /privateNet\.to/], ['a bridge without a net', { bridge: 'br0' }, 400, /privateNet/],
  ['a bridge name with a newline', { ...BRIDGED, bridge: 'br0\nx' }, 400, /bridge/], ['a bridge name of 10 kB', { ...BRIDGED, bridge: 'b'.repeat(10_000) }, 400, /bridge/],
  ['a multicast MAC address', { macs: { from: '01:00:5e:00:00:01', to: '01:00:5e:00:00:09' } }, 400, /macs\.from/], ['a MAC address that is none', { macs: { from: '52:54:00', to: 'zz' } }, 400, /macs/],
  ['a host name with a newline', { accessHost: 'a\nb' }, 400, /accessHost/], ['a host name with a shell in it', { accessHost: '$(reboot)' }, 400, /accessHost/], ['a mode there is not', { mode: 'open' }, 400, /mode/], ['a key there is not', { vlan: 7 }, 400, /vlan/],
  ['more public addresses than can be listed', { publicIps: [{ from: '20.0.0.0', to: '20.200.0.0' }] }, 400, /publicIps/], ['public ranges that overlap', { publicIps: [{ from: '203.0.113.1', to: '203.0.113.9' }, { from: '203.0.113.5', to: '203.0.113.6' }] }, 400, /publicIps\.1/],
];
const CARDS: Array<[what: string, asked: object, status: number, field: RegExp]> = [
  ['a MAC address in no pool', { nics: [{ mac: '52:54:00:12:34:56' }] }, 422, /nics\.0\.mac/], ['an address in no pool', { nics: [{ mode: 'bridge', ip: '10.99.0.1' }] }, 422, /nics\.0\.ip/], ['a multicast MAC address', { nics: [{ mac: '01:00:5e:00:00:01' }] }, 400, /nics\.0\.mac/],
  ['an address behind the node', { nics: [{ mode: 'nat', ip: '10.77.0.10' }] }, 400, /nics\.0\.ip/], ['five cards', { nics: [{}, {}, {}, {}, {}] }, 400, /nics/], ['no card', { nics: [] }, 400, /nics/],
  ['service port 0', { services: [{ name: 'web', port: 0 }] }, 400, /services/], ['service port 65536', { services: [{ name: 'web', port: 65_536 }] }, 400, /services/], ['a service with XML in its name', { services: [{ name: '<a/>', port: 80 }] }, 400, /services/],
  ...([['of 10 kB', 'x'.repeat(10_000)], ['with NUL', 'a\u0000b'], ['with a newline', 'a\nb'], ['with an escape sequence', '\u001b[31mred'], ['of nothing', '']] as const).map(([what, name]): [string, object, number, RegExp] => [`a name ${what}`, { name }, 400, /name/]),
  ...[0, -1, 1.5, 1e9].flatMap((n): Array<[string, object, number, RegExp]> => [[`${n} CPUs`, { cpus: n }, 400, /cpus/], [`${n} MiB of memory`, { memoryMiB: n }, 400, /memoryMiB/]]),
  ['a host name with a newline', { cloudInit: { hostname: 'a\nb' } }, 400, /hostname/], ['a host name with XML in it', { cloudInit: { hostname: '<a/>' } }, 400, /hostname/],
  ['a node there is not', { node: 'nowhere' }, 400, /node/], ['a cluster that is a node', { cluster: 'nc-1' }, 400, /cluster/], ['an image that is nobody’s', { imageId: 'img-0badcafe' }, 404, /img-0badcafe/],
  ['two services at one port', { services: [{ name: 'a', port: 80 }, { name: 'b', port: 80 }] }, 400, /services\.1/],
];

export function networkSuite(scene: () => Scene): void {
  describe('networks', () => {
    it('that make no sense are refused with the field named, and nothing changes', async () => {
      const { ask, admin, idOf, digest } = scene();
      const at = `/clusters/${await idOf('cc')}/network`;
      const before = await digest();
      for (const [what, body, status, field] of PUT) {
        const answer = await ask({ method: 'PUT', at, as: admin, body });
        assertProblem(answer, what, [status]);
        assert.match(JSON.stringify(answer.json.fields ?? answer.json.data ?? answer.json.detail), field, what);
      }
      assert.deepEqual(await digest(), before);
    });

    it('never get a port of the cloud itself, and are nobody’s but an administrator’s', async () => {
      const { ask, admin, user, idOf, digest, cloud } = scene();
      const at = `/clusters/${await idOf('cc')}/network`;
      const before = await digest();
      const port = Number(new URL(cloud.json.clcUrl).port);
      const answer = await ask({ method: 'PUT', at, as: admin, body: { rdpPorts: { from: port - 1, to: port + 1 }, managementPorts: null } });
      assertProblem(answer, 'a port of the cloud', [422]);
      assert.equal(answer.json.code, 'PORT_OF_CLOUD');
      for (const [method, path] of [['GET', at], ['PUT', at], ['GET', `${at}/addresses`], ['GET', '/networks']] as const) assertProblem(await ask({ method, at: path, as: user.token, ...(method === 'PUT' ? { body: {} } : {}) }), `${method} ${path} by a user`, [403]);
      assertProblem(await ask({ method: 'PUT', at: '/clusters/nobody/network', as: admin, body: {} }), 'no such cluster', [404]);
      assertProblem(await ask({ method: 'PUT', at, as: admin, body: {}, headers: { 'If-Match': '"99"' } }), 'another revision', [412]);
      for (const path of ['/cluster/network', '/cluster/network/applied']) assertProblem(await ask({ method: path.endsWith('applied') ? 'POST' : 'GET', at: path, as: admin, ...(path.endsWith('applied') ? { body: { rev: 0, refused: [] } } : {}) }), `${path} by an administrator`, [401]);
      assert.deepEqual(await digest(), before);
    });

    it('are asked for by cards and services that make no sense: refused with the field named, and nothing is defined', async () => {
      const { ask, admin, edu, imageFile, digest } = scene();
      const file = await imageFile('cards.qcow2', 1024 * 1024);
      const uploaded = await edu('image', 'upload', file, '--name', 'cards', '--usage', 'server', '--ostype', 'linux', '-o', 'json');
      assert.equal(uploaded.code, 0, uploaded.err);
      const [image] = (JSON.parse((await edu('image', 'list', '-o', 'json')).out) as Array<{ id: string; name: string }>).filter((one) => one.name === 'cards');
      assert.ok(image);
      const before = await digest();
      for (const [what, asked, status, field] of CARDS) {
        const answer = await ask({ method: 'POST', at: '/instances', as: admin, body: { name: 'x', imageId: image.id, ...asked } });
        assertProblem(answer, what, [status]);
        assert.match(JSON.stringify(answer.json.fields ?? answer.json.data ?? answer.json.detail), field, what);
      }
      assert.deepEqual(await digest(), before);
    });

    it('of somebody else’s instance are not there: nor is the instance, whatever is asked of it', async () => {
      const { ask, admin, user, digest } = scene();
      const [image] = ((await ask({ at: '/images', as: admin })).json.items as Array<{ id: string; name: string }>).filter((one) => one.name === 'cards');
      const made = await ask({ method: 'POST', at: '/instances', as: admin, body: { name: 'not yours', imageId: image?.id } });
      assert.equal(made.status, 201, made.text);
      const at = `/instances/${String(made.json.id)}`;
      const before = await digest();
      for (const action of ['run', 'stop', 'reboot', 'pause', 'unpause', 'suspend', 'resume', 'reset', 'extend']) assertProblem(await ask({ method: 'POST', at: `${at}/${action}`, as: user.token, body: {} }), action, [400, 404]);
      for (const [method, path, body] of [['GET', at], ['PATCH', at, { name: 'mine' }], ['DELETE', at], ['GET', `${at}/thumbnail`], ['POST', '/batches', { action: 'run', ids: [made.json.id] }]] as const) assertProblem(await ask({ method, at: path, as: user.token, ...(body ? { body } : {}) }), `${method} ${path}`, [404]);
      assert.deepEqual(await digest(), before);
      assert.ok((await ask({ method: 'DELETE', at, as: admin })).status < 300);
    });
  });
}
