// VM types and OS types over real HTTP on a database of their own: who may, what is refused and why, revisions, and requests that come twice.
import assert from 'node:assert/strict';
import { CloudError } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { createRest, type Rest } from '@educloud/rest';
import type { UserRole, VmTypeView } from '@educloud/contracts';
import { createIdempotency } from '../../apps/clc/src/accounts/idempotency.ts';
import type { Deps } from '../../apps/clc/src/deps.ts';
import { whatIsAt } from '../../apps/clc/src/routes/at-address.ts';
import { osTypeRoutes } from '../../apps/clc/src/routes/os-types.ts';
import { vmTypeRoutes } from '../../apps/clc/src/routes/vm-types.ts';
import { openStore, type Store } from '../../apps/clc/src/store/index.ts';

interface Answer { status: number; etag: string | null; location: string | null; replayed: boolean; json: Record<string, unknown> & { code?: string; fields?: Array<{ field: string; why?: unknown }> } }

describe('types over HTTP', () => {
  let store: Store;
  let rest: Rest;
  let url: string;
  let clock = 1_000_000;
  const log = silentLog();

  before(async () => {
    store = await openStore({ url: 'sqlite::memory:', log, now: () => clock });
    const idempotency = createIdempotency({ accounts: store.read.accounts, now: () => clock, show: (address) => whatIsAt({ store } as unknown as Deps, address) });
    const readiness = async () => ({ ready: true, role: 'clc', id: null, epoch: null, version: '1', reasons: [], checks: {} });
    rest = createRest({
      role: 'clc', version: '1', log, readiness, idempotency,
      authorise: async (need, request) => {
        const role = request.headers['x-role'] as UserRole | undefined;
        if (!role) throw new CloudError('UNAUTHENTICATED', 'nobody');
        if (need === 'admin' && role !== 'admin') throw new CloudError('FORBIDDEN', 'no');
        return { kind: 'user', user: role, role, session: 's' };
      },
    });
    for (const declare of [vmTypeRoutes, osTypeRoutes]) declare(rest, { store, now: () => clock, accepted: (tx, order) => idempotency.accepted(tx, { status: order.status, location: 'location' in order ? order.location : '' }) });
    ({ url } = await rest.listen(0, '127.0.0.1'));
  });
  after(async () => {
    await rest.close();
    await store.close();
  });

  async function ask(method: string, at: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const r = await fetch(`${url}/clc/api/1.0${at}`, { method, headers: { 'x-role': 'admin', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await r.text();
    return { status: r.status, etag: r.headers.get('etag'), location: r.headers.get('location'), replayed: r.headers.has('idempotency-replayed'), json: (text ? JSON.parse(text) : {}) as Answer['json'] };
  }
  const course = { name: '教室-1', memoryMiB: 2048, cpus: 2, diskGiB: 30, description: 'für <die> "Klasse" & mehr\nzweite Zeile' };
  const at = `/vmtypes/${encodeURIComponent(course.name)}`;
  afterEach(() => ask('DELETE', at));

  it('a VM type is made, read, changed and deleted; its ETag is its revision', async () => {
    const made = await ask('POST', '/vmtypes', course);
    assert.deepEqual([made.status, made.etag, made.location], [201, '"1"', `/clc/api/1.0${at}`]);
    assert.deepEqual(made.json, { ...course, rev: 1, createdAt: clock, updatedAt: clock });
    assert.deepEqual((await ask('GET', at)).json, made.json);
    clock += 5;
    const changed = await ask('PATCH', at, { cpus: 4 });
    assert.deepEqual([changed.status, changed.etag, changed.json], [200, '"2"', { ...course, cpus: 4, rev: 2, createdAt: clock - 5, updatedAt: clock }]);
    assert.ok(((await ask('GET', '/vmtypes')).json['items'] as VmTypeView[]).some((v) => v.name === course.name && v.cpus === 4));
    assert.equal((await ask('DELETE', at)).status, 204);
    for (const [method, body] of [['GET'], ['PATCH', {}], ['DELETE']] as Array<[string, unknown?]>) assert.deepEqual([(await ask(method, at, body)).status, (await ask(method, at, body)).json['why']], [404, { code: 'noVmType', args: { name: course.name } }]);
  });

  it('users read, administrators write, strangers do nothing', async () => {
    await ask('POST', '/vmtypes', course);
    const user = { 'x-role': 'user' };
    assert.deepEqual([(await ask('GET', '/vmtypes', undefined, user)).status, (await ask('GET', at, undefined, user)).status], [200, 200]);
    assert.deepEqual([(await ask('POST', '/vmtypes', course, user)).status, (await ask('PATCH', at, {}, user)).status, (await ask('DELETE', at, undefined, user)).status], [403, 403, 403]);
    assert.equal((await ask('GET', '/vmtypes', undefined, { 'x-role': '' })).status, 401);
  });

  it('a change or deletion of what somebody else has changed since is refused, and changes nothing', async () => {
    await ask('POST', '/vmtypes', course);
    assert.equal((await ask('PATCH', at, { cpus: 3 }, { 'if-match': '"1"' })).status, 200);
    const late = await ask('PATCH', at, { cpus: 8 }, { 'if-match': '"1"' });
    assert.deepEqual([late.status, late.json.code, late.json['why']], [412, 'PRECONDITION_FAILED', { code: 'changedSince', args: { name: course.name, rev: 2 } }]);
    for (const tag of ['"1"', 'W/"2"', '"two"', '"2', '2', '']) assert.ok([412, 400].includes((await ask('DELETE', at, undefined, { 'if-match': tag })).status), tag);
    assert.deepEqual((await ask('DELETE', at, undefined, { 'if-match': '2' })).json.fields?.map((f) => f.field), ['If-Match']);
    assert.equal((await ask('GET', at)).json['cpus'], 3);
    assert.equal((await ask('PATCH', at, { cpus: 5 }, { 'if-match': '*' })).status, 200);
    assert.equal((await ask('DELETE', at, undefined, { 'if-match': '"9", "3"' })).status, 204);
  });

  it('of many changes at once to the same revision one is made', async () => {
    await ask('POST', '/vmtypes', course);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => ask('PATCH', at, { cpus: i + 1 }, { 'if-match': '"1"' })));
    assert.deepEqual(answers.map((a) => a.status).sort(), [200, ...Array<number>(9).fill(412)]);
  });

  it('a name is given once; a request that comes twice with its key is answered alike', async () => {
    const key = { 'idempotency-key': 'k-1' };
    const first = await ask('POST', '/vmtypes', course, key);
    const again = await ask('POST', '/vmtypes', course, key);
    assert.deepEqual([again.status, again.location, again.json, again.replayed], [201, first.location, first.json, true]);
    const other = await ask('POST', '/vmtypes', { ...course, cpus: 9 });
    assert.deepEqual([other.status, other.json.code, other.json.fields?.[0]?.field], [409, 'NAME_TAKEN', 'name']);
  });

  it('the answer that was lost in a crash is what stands there', async () => {
    await ask('POST', '/vmtypes', course, { 'idempotency-key': 'k-2' });
    await store.read.accounts.finishIdempotencyKey({ key: 'k-2', user: 'admin', createdAt: clock }, { status: 201, location: `/clc/api/1.0${at}`, body: null });
    const again = await ask('POST', '/vmtypes', course, { 'idempotency-key': 'k-2' });
    assert.deepEqual([again.status, again.json['name'], again.replayed], [201, course.name, true]);
  });

  it('bad values are refused with the field named, and leave nothing', async () => {
    const before = JSON.stringify((await ask('GET', '/vmtypes')).json);
    const bad: Array<[string, unknown]> = [
      ...['', ' ', 'a b', '-x', '.x', 'a/b', '<b>', 'a&b', '"q"', "it's", 'a\u0000', 'a\nb', 'a\u001b[31m', 'x'.repeat(33), 'x'.repeat(10_000), '../up', 'a\ud800', 'a\u202eb', null, 7].map((v): [string, unknown] => ['name', v]),
      ...[0, -1, 1.5, 1e9, 257, '2', null, Number.MAX_VALUE].map((v): [string, unknown] => ['cpus', v]),
      ...[0, 95, -128, 128.5, 1024 * 1024 + 1, 1e9, '512', null].map((v): [string, unknown] => ['memoryMiB', v]),
      ...[-1, 0.5, 65_537, 1e300, '10'].map((v): [string, unknown] => ['diskGiB', v]),
      ...['a\u0000b', 'a\u001b[2J', 'a\u202eb', 'x'.repeat(501), 'a\ud800', 5].map((v): [string, unknown] => ['description', v]),
    ];
    for (const [field, value] of bad) {
      const shown = `${field} ${JSON.stringify(value)?.slice(0, 40)}`;
      const answer = await ask('POST', '/vmtypes', { ...course, name: 'never', [field]: value });
      assert.deepEqual([answer.status, answer.json.code, [...new Set(answer.json.fields?.map((f) => f.field))]], [400, 'BAD_REQUEST', [field]], shown);
      assert.ok(answer.json.fields?.[0]?.why, `${shown}: in English only`);
      if (field !== 'name') assert.equal((await ask('PATCH', '/vmtypes/small', { [field]: value })).status, 400, shown);
    }
    assert.equal((await ask('PATCH', '/vmtypes/small', { name: 'other' })).json.fields?.[0]?.field, 'name');
    assert.equal((await ask('PATCH', '/vmtypes/small', { rev: 9 })).status, 400);
    assert.equal((await ask('GET', `/vmtypes/${'x'.repeat(5000)}`)).status, 400);
    assert.equal(JSON.stringify((await ask('GET', '/vmtypes')).json), before);
  });

  describe('of systems', () => {
    const bsd = { name: 'bsd', title: '教室 BSD', diskBus: 'sata', nicModel: 'rtl8139', video: 'cirrus', audio: 'ac97', localtime: true, defaultVmType: 'desktop' };
    const where = '/ostypes/bsd';
    afterEach(() => ask('DELETE', where));

    it('are made, read, changed and deleted, and show the size of their default', async () => {
      const made = await ask('POST', '/ostypes', bsd);
      assert.deepEqual([made.status, made.etag, made.location], [201, '"1"', `/clc/api/1.0${where}`]);
      assert.deepEqual(made.json, { ...bsd, defaultMemoryMiB: 2048, defaultCpus: 2, rev: 1, createdAt: clock, updatedAt: clock });
      const changed = await ask('PATCH', where, { audio: 'none', defaultVmType: 'tiny' }, { 'if-match': '"1"' });
      assert.deepEqual([changed.status, changed.etag, changed.json['audio'], changed.json['defaultMemoryMiB'], changed.json['video']], [200, '"2"', 'none', 128, 'cirrus']);
      assert.equal((await ask('PATCH', where, { audio: 'hda' }, { 'if-match': '"1"' })).status, 412);
      assert.deepEqual((await ask('GET', where)).json, changed.json);
      assert.equal(((await ask('GET', '/ostypes')).json['items'] as unknown[]).length, 7);
      assert.equal((await ask('POST', '/ostypes', bsd)).json.code, 'NAME_TAKEN');
      for (const [method, body] of [['POST', bsd], ['PATCH', {}], ['DELETE', undefined]] as const) assert.equal((await ask(method, method === 'POST' ? '/ostypes' : where, body, { 'x-role': 'user' })).status, 403);
      assert.equal((await ask('DELETE', where, undefined, { 'if-match': '"2"' })).status, 204);
      assert.deepEqual((await ask('GET', where)).json['why'], { code: 'noOsType', args: { name: 'bsd' } });
    });

    it('hold their VM type: it is not deleted under them, and must be there', async () => {
      await ask('POST', '/vmtypes', course);
      await ask('POST', '/ostypes', { ...bsd, defaultVmType: course.name });
      const held = await ask('DELETE', at);
      assert.deepEqual([held.status, held.json.code, held.json['data']], [409, 'TYPE_IN_USE', { osTypes: ['bsd'] }]);
      assert.equal((await ask('GET', at)).status, 200);
      assert.equal((await ask('PATCH', where, { defaultVmType: 'tiny' })).status, 200);
      assert.equal((await ask('DELETE', at)).status, 204);
      for (const [method, to] of [['POST', '/ostypes'], ['PATCH', where]] as const) {
        const refused = await ask(method, to, method === 'POST' ? { ...bsd, name: 'never', defaultVmType: course.name } : { defaultVmType: course.name });
        assert.deepEqual([refused.status, refused.json.fields?.map((f) => f.field)], [400, ['defaultVmType']]);
      }
    });

    it('with bad values are refused with the field named, and leave nothing', async () => {
      const before = JSON.stringify((await ask('GET', '/ostypes')).json);
      const bad: Array<[string, unknown]> = [
        ...['', 'a b', '<b>', 'a\u0000', 'x'.repeat(10_000), null].map((v): [string, unknown] => ['name', v]),
        ...['', 'a\nb', 'a\u001b[2J', 'x'.repeat(129), '-x', 'a\ud800', 3].map((v): [string, unknown] => ['title', v]),
        ...['scsi', '', 'VIRTIO', "ide'/><evil/>", null, 1].map((v): [string, unknown] => ['diskBus', v]),
        ['nicModel', 'ne2k'], ['video', 'vmvga'], ['audio', 'pcspk'], ['localtime', 'yes'], ['localtime', 1], ['defaultVmType', ''], ['defaultVmType', 'a b'], ['defaultVmType', null],
      ];
      for (const [field, value] of bad) {
        const shown = `${field} ${JSON.stringify(value).slice(0, 40)}`;
        const answer = await ask('POST', '/ostypes', { ...bsd, name: 'never', [field]: value });
        assert.deepEqual([answer.status, [...new Set(answer.json.fields?.map((f) => f.field))]], [400, [field]], shown);
        assert.ok(answer.json.fields?.[0]?.why, `${shown}: in English only`);
        if (field !== 'name') assert.equal((await ask('PATCH', '/ostypes/linux', { [field]: value })).status, 400, shown);
      }
      assert.equal(JSON.stringify((await ask('GET', '/ostypes')).json), before);
    });
  });
});
