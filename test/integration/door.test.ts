// The CLC's door over real HTTP: who comes in, who does not, and what a registration gives.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudError } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { createMemoryProgress, type ProgressCache } from '@educloud/progress';
import { createRest, type Rest } from '@educloud/rest';
import { z } from 'zod';
import { createDoor, type Door } from '../support/clc-door.ts';
import { DoorConfig } from '../../apps/clc/src/door-config.ts';
import { openStore, type Store } from '../../apps/clc/src/store/index.ts';

const API = '/clc/api/1.0';
const PASSWORD = 'correct horse battery';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const FACTS = { version: '1', hostname: 'h', capacity: { cpus: 4, memoryMiB: 4096, diskBytes: 1e12, freeDiskBytes: 5e11 } };

describe("the CLC's door", function () {
  this.timeout(20_000);
  let store: Store;
  let door: Door;
  let rest: Rest;
  let url: string;
  let dataDir: string;
  let progress: ProgressCache;
  let clock: number;
  let registered: string[];
  let runs: number;

  const api = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${url}${API}${path}`, init);
  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    api(path, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
  const codeOf = async (r: Response): Promise<string> => ((await r.json()) as { code: string }).code;
  async function logIn(user = 'admin', password = PASSWORD) {
    const r = await post('/login', { user, password });
    assert.equal(r.status, 200, await r.clone().text());
    const { token, csrf } = (await r.json()) as { token: string; csrf: string };
    return { token, csrf, setCookie: r.headers.get('set-cookie') ?? '', bearer: { Authorization: `Bearer ${token}` }, cookie: { Cookie: `educloud_session=${token}` } };
  }
  async function token(asked: object): Promise<string> {
    const r = await post('/nodes/tokens', asked, (await logIn()).bearer);
    assert.equal(r.status, 201);
    return ((await r.json()) as { token: string }).token;
  }
  const join_ = (role: string, name: string, joinToken: string): Promise<Response> => post(`/register/${role}`, { name, url: 'http://127.0.0.1:1', joinToken, facts: FACTS });
  async function enrol(role: string, name: string): Promise<{ id: string; secret: string; epoch: number }> {
    const r = await join_(role, name, await token({ role }));
    assert.equal(r.status, 200, await r.clone().text());
    return (await r.json()) as { id: string; secret: string; epoch: number };
  }

  const log = silentLog();
  /** The CLC as it starts on its database. */
  async function open(): Promise<void> {
    door = await createDoor({
      store, progress, log, now: () => clock, monotonic: () => performance.now(), random: randomBytes,
      config: { ...DoorConfig.parse({ admin: { password: PASSWORD }, sessions: { loginAttempts: 3 } }), dataDir },
      verifyTicket: () => { throw new CloudError('TICKET_INVALID', 'no'); }, ticketPublicKey: 'PEM', publicUrl: null, version: '1', mode: 'all-in-one', hearing: () => true,
      readiness: async () => ({ ready: true, role: 'clc', id: null, epoch: null, version: '1', reasons: [], checks: {} }),
      onRegistered: async (daemon) => {
        registered.push(daemon.id);
        if (daemon.name === 'unlucky') throw new CloudError('BUS_UNAVAILABLE', 'no broker');
      },
    });
    rest = createRest({ role: 'clc', version: '1', log, authorise: door.authorise, idempotency: door.idempotency, readiness: async () => ({ ready: true, role: 'clc', id: null, epoch: null, version: '1', reasons: [], checks: {} }) });
    door.declare(rest);
    rest.route({ method: 'POST', path: `${API}/things`, need: 'user', summary: '', body: z.strictObject({ name: z.string() }), status: 202 }, async ({ body }) => {
      runs += 1;
      await new Promise((r) => setImmediate(r));
      return { headers: { Location: '/there' }, body: { ...body, runs } };
    });
    await door.start();
    ({ url } = await rest.listen(0, '127.0.0.1'));
  }
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'educloud-door-'));
    clock = Date.now();
    registered = [];
    runs = 0;
    progress = createMemoryProgress();
    store = await openStore({ url: 'sqlite::memory:', log, now: () => clock });
    await open();
  });
  afterEach(async () => {
    await rest.close();
    await door.close();
    await store.close();
    await rm(dataDir, { recursive: true });
  });

  describe('by default says no:', () => {
    it('a route that declares no need stops the start', () => {
      assert.throws(() => createRest({ role: 'x', version: '1', log: silentLog(), authorise: door.authorise, readiness: async () => assert.fail() })
        .route({ method: 'GET', path: '/planted', summary: '' } as never, async () => ({})), /does not declare what it needs/);
    });
    it('without identity every declared route that is not open answers 401, and what is not declared 404', async () => {
      for (const route of rest.routes()) {
        if (route.need === 'nobody' || route.need === 'join') continue;
        const r = await fetch(url + route.path.replace(/[:*]\w+/g, 'x'), { method: route.method });
        assert.equal(r.status, 401, `${route.method} ${route.path}`);
      }
      assert.equal((await api('/users')).status, 404);
    });
    it('a user does not do what needs an admin', async () => {
      await store.read.accounts.insertUser({ ...(await store.read.accounts.user('admin'))!, name: 'pupil', role: 'user' });
      const pupil = await logIn('pupil');
      assert.equal((await api('/nodes', { headers: pupil.bearer })).status, 200);
      assert.equal(await codeOf(await post('/nodes/tokens', { role: 'nc' }, pupil.bearer)), 'FORBIDDEN');
    });
  });

  describe('sessions', () => {
    it('come as a cookie no script reads and no other site sends', async () => {
      const { setCookie } = await logIn();
      assert.match(setCookie, /^educloud_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    });
    it('from a cookie need the CSRF token and our own origin for what changes something', async () => {
      const { cookie, csrf } = await logIn();
      const me = await api('/me', { headers: cookie });
      assert.equal(me.headers.get('x-csrf-token'), csrf);
      assert.equal(await codeOf(await post('/things', { name: 'a' }, cookie)), 'CSRF');
      assert.equal(await codeOf(await post('/things', { name: 'a' }, { ...cookie, 'X-CSRF-Token': csrf.replace(/./, (first) => (first === '_' ? '-' : '_')) })), 'CSRF');
      assert.equal(await codeOf(await post('/things', { name: 'a' }, { ...cookie, 'X-CSRF-Token': csrf, Origin: 'http://evil.example' })), 'CSRF');
      assert.equal((await post('/things', { name: 'a' }, { ...cookie, 'X-CSRF-Token': csrf, Origin: url })).status, 202);
    });
    it('end at once by a logout, and by time', async () => {
      const one = await logIn();
      assert.equal((await post('/logout', {}, one.bearer)).status, 204);
      assert.equal(await codeOf(await api('/me', { headers: one.bearer })), 'UNAUTHENTICATED');
      const two = await logIn();
      clock += 11 * 3_600_000;
      assert.equal((await api('/me', { headers: two.bearer })).status, 200);
      clock += 11 * 3_600_000; // slid by the use before
      assert.equal((await api('/me', { headers: two.bearer })).status, 200);
      clock += 13 * 3_600_000;
      assert.equal((await api('/me', { headers: two.bearer })).status, 401);
    });
    it('are not opened by guessing: throttled per user and address, also in parallel', async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => post('/login', { user: 'admin', password: 'wrong' })));
      assert.deepEqual(answers.map((r) => r.status).sort(), [401, 401, 401, 429, 429, 429]);
      const refused = await post('/login', { user: 'admin', password: PASSWORD });
      assert.equal(refused.status, 429);
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
      clock += 301_000;
      await logIn();
    });
  });

  it('makes the first admin with a password only root reads, when none is configured', async () => {
    const { ensureFirstAdmin } = await import('../../apps/clc/src/accounts/first-admin.ts');
    const { createPasswords } = await import('../../apps/clc/src/accounts/passwords.ts');
    const empty = await openStore({ url: 'sqlite::memory:', log: silentLog(), now: () => clock });
    const passwords = createPasswords({ random: randomBytes });
    const make = () => ensureFirstAdmin({ accounts: empty.read.accounts, passwords, random: randomBytes, now: () => clock, log: silentLog(), dataDir, admin: { user: 'root' } });
    const { passwordFile } = await make();
    assert.equal((await stat(passwordFile!)).mode & 0o777, 0o600);
    const password = (await readFile(passwordFile!, 'utf8')).trim();
    assert.ok(await passwords.verify(password, (await empty.read.accounts.user('root'))!.passwordHash));
    assert.deepEqual(await make(), { passwordFile: null });
    await empty.close();
  });

  it('names what is wrong with a request', async () => {
    const { bearer } = await logIn();
    const cases: Array<[string, number, string]> = [['{"name":', 400, 'body'], ['{"name":1}', 400, 'name'], ['{"name":"a","role":"admin"}', 400, 'role'], [JSON.stringify({ name: 'a'.repeat(2 ** 20) }), 413, 'body']];
    for (const [body, status, field] of cases) {
      const r = await post('/things', body, bearer);
      assert.equal(r.status, status);
      assert.match(r.headers.get('content-type') ?? '', /problem\+json/);
      assert.equal(((await r.json()) as { fields: Array<{ field: string }> }).fields[0]?.field, field);
    }
    assert.equal(runs, 0);
  });

  it('runs a POST once for an Idempotency-Key, and answers alike', async () => {
    const { bearer } = await logIn();
    const again = (body: object) => post('/things', body, { ...bearer, 'Idempotency-Key': 'k-1' });
    const first = await again({ name: 'a' });
    const second = await again({ name: 'a' });
    assert.deepEqual([second.status, second.headers.get('location'), await second.json()], [202, '/there', await first.json()]);
    assert.equal(await codeOf(await again({ name: 'b' })), 'IDEMPOTENCY_MISMATCH');
    assert.equal(runs, 1);
  });

  it('I4: runs a POST once for a hundred that come at once with one Idempotency-Key, and answers alike after a restart', async () => {
    const { bearer } = await logIn();
    const ask = () => post('/things', { name: 'a' }, { ...bearer, 'Idempotency-Key': 'k-100' });
    const all = await Promise.all(Array.from({ length: 100 }, ask));
    for (const answer of all) assert.ok(answer.status === 202 || (answer.status === 409 && (await codeOf(answer.clone())) === 'CONFLICT'), `${answer.status}`);
    assert.ok(all.some((answer) => answer.status === 202));
    await rest.close();
    await door.close();
    await open();
    const after = await ask();
    assert.deepEqual([after.status, after.headers.get('idempotency-replayed'), ((await after.json()) as { runs: number }).runs], [202, 'true', 1]);
    assert.equal(runs, 1);
  });

  describe('registration', () => {
    it('takes a join token once, however many come with it at the same moment', async () => {
      const one = await token({ role: 'walrus' });
      const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => join_('walrus', name, one)));
      assert.deepEqual(answers.map((r) => r.status).sort(), [200, 403, 403, 403, 403]);
      assert.equal((await store.read.daemons.daemons({ role: 'walrus' })).length, 1);
    });
    it('refuses a token for another role or name, and an expired one', async () => {
      assert.equal(await codeOf(await join_('sc', 'a', await token({ role: 'cc' }))), 'JOIN_TOKEN_INVALID');
      assert.equal(await codeOf(await join_('cc', 'a', await token({ role: 'cc', name: 'b' }))), 'JOIN_TOKEN_INVALID');
      const old = await token({ role: 'cc', ttlSeconds: 60 });
      clock += 61_000;
      assert.equal(await codeOf(await join_('cc', 'a', old)), 'JOIN_TOKEN_INVALID');
    });
    it('R116 takes a daemon whose first answer was lost, and nobody else with its token', async () => {
      const joinToken = await token({ role: 'sc' });
      const ask = (name: string, secret: string) => post('/register/sc', { name, url: 'http://127.0.0.1:1', joinToken, secret, facts: FACTS });
      const wish = 'w'.repeat(43);
      assert.equal(await codeOf(await ask('disks', 'short')), 'BAD_REQUEST');
      const [lost, again] = [(await (await ask('disks', wish)).json()) as { id: string; secret: string; epoch: number }, (await (await ask('disks', wish)).json()) as { id: string; secret: string; epoch: number }];
      assert.deepEqual(again, { ...lost, secret: wish, epoch: 2 });
      assert.equal((await store.read.daemons.daemons({ role: 'sc' })).length, 1);
      for (const [name, secret] of [['disks', 'x'.repeat(43)], ['other', wish]] as const) assert.equal(await codeOf(await ask(name, secret)), 'JOIN_TOKEN_INVALID');
      assert.equal((await post('/register/sc', { name: 'disks', url: 'http://127.0.0.1:1', id: lost.id, secret: wish, facts: FACTS })).status, 200);
    });
    it('raises the epoch each time, and only for the right secret, role and name', async () => {
      const { id, secret, epoch } = await enrol('cc', 'room-1');
      assert.equal(epoch, 1);
      const back = (more: object, role = 'cc') => post(`/register/${role}`, { name: 'room-1', url: 'http://127.0.0.1:2', id, secret, facts: FACTS, ...more });
      const again = (await (await back({})).json()) as { epoch: number; secret: null; ccId: string; id: string };
      assert.deepEqual([again.epoch, again.secret, again.id, again.ccId], [2, null, id, id]);
      for (const r of [await back({ secret: 'x' }), await back({ name: 'room-2' }), await back({}, 'sc')]) assert.equal(await codeOf(r), 'NODE_IDENTITY_INVALID');
      assert.deepEqual(registered, [id, id]);
    });
    it('gives a new daemon its secret even while the broker is away, and lets a known one come again', async () => {
      const { id, secret } = await enrol('cc', 'unlucky');
      assert.equal(await codeOf(await post('/register/cc', { name: 'unlucky', url: 'http://127.0.0.1:2', id, secret, facts: FACTS })), 'BUS_UNAVAILABLE');
    });
    it('of a lost identity needs a token for that very name', async () => {
      const { id, secret } = await enrol('cc', 'room-1');
      assert.equal(await codeOf(await join_('cc', 'room-1', await token({ role: 'cc' }))), 'JOIN_TOKEN_INVALID');
      const fresh = (await (await join_('cc', 'room-1', await token({ role: 'cc', name: 'room-1' }))).json()) as { id: string; secret: string };
      assert.equal(fresh.id, id);
      assert.notEqual(fresh.secret, secret);
    });
    it('of a node goes through its own CC only, and sets what may be promised', async () => {
      const cc = await enrol('cc', 'room-1');
      const other = await enrol('cc', 'room-2');
      const joinToken = await token({ role: 'nc' });
      const pass = (by: { id: string; secret: string }) => post('/register/nc/room-1', { name: 'pc-1', url: 'http://127.0.0.1:3', joinToken, facts: FACTS }, { Authorization: `Node ${by.id}:${by.secret}` });
      assert.equal(await codeOf(await pass(other)), 'FORBIDDEN');
      assert.equal(await codeOf(await pass({ ...cc, secret: 'x' })), 'NODE_IDENTITY_INVALID');
      const nc = (await (await pass(cc)).json()) as { id: string; ccId: string; secret: string };
      assert.equal(nc.ccId, cc.id);
      assert.deepEqual((await store.read.ledger.usage(nc.id))?.limits, { cpus: 32, memoryMiB: 3584, diskBytes: 5e11 - 5 * 1024 ** 3 });
      const { bearer } = await logIn();
      const shown = (await (await api('/nodes/pc-1', { headers: bearer })).json()) as { state: string; clusterName: string; enabled: boolean };
      assert.deepEqual([shown.state, shown.clusterName], ['up', 'room-1']);
      await post('/nodes/pc-1/disable', {}, bearer);
      assert.equal((await store.read.daemons.daemon(nc.id))?.enabled, false);
      const status = await api('/status', { headers: bearer });
      assert.equal(((await status.json()) as { daemons: unknown[] }).daemons.length, 3);
      assert.ok(!(await (await api('/nodes', { headers: bearer })).text()).includes('secret'));
    });
  });

  describe('the event stream', () => {
    async function* lines(r: Response): AsyncGenerator<{ id: string | undefined; event: string | undefined; data: unknown }> {
      let text = '';
      for await (const chunk of r.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
          const fields = Object.fromEntries(text.slice(0, at).split('\n').map((l) => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 2)]));
          text = text.slice(at + 2);
          if (fields['event']) yield { id: fields['id'], event: fields['event'], data: JSON.parse(fields['data'] ?? '{}') };
        }
      }
    }
    const next = async (stream: AsyncGenerator<{ id: string | undefined; event: string | undefined; data: unknown }>) => (await stream.next()).value;
    const append = (n: number, kind: 'image' | 'node' = 'image') => store.transaction((tx) => tx.events.append(kind, `s-${n}`, { n }));

    it('replays what was missed after Last-Event-ID, then goes on live, without progress in the past', async () => {
      const { bearer } = await logIn();
      for (let n = 1; n <= 3; n++) await append(n);
      const first = lines(await api('/events?after=0', { headers: bearer }));
      assert.equal((await next(first))?.event, 'ready');
      const seen = await next(first);
      assert.deepEqual(seen?.data, { n: 1 });
      await first.return(undefined);
      const again = lines(await api('/events', { headers: { ...bearer, 'Last-Event-ID': seen!.id! } }));
      await next(again);
      assert.deepEqual([(await next(again))?.data, (await next(again))?.data], [{ n: 2 }, { n: 3 }]);
      await append(4);
      assert.deepEqual((await next(again))?.data, { n: 4 });
      const event = { tid: 't', phase: 'preparing', progress: 5, job: 'cacheImage', bytes: null, note: '', at: 1 };
      progress.notify('progress', event);
      assert.deepEqual(await next(again), { id: undefined, event: 'progress', data: event });
      await again.return(undefined);
    });
    it('shows a user nothing of nodes and of other people', async () => {
      await store.read.accounts.insertUser({ ...(await store.read.accounts.user('admin'))!, name: 'pupil', role: 'user' });
      const stream = lines(await api('/events?after=0', { headers: (await logIn('pupil')).cookie }));
      await next(stream);
      await append(1, 'node');
      await store.transaction((tx) => tx.events.append('task', 'somebody-else', { n: 2 }));
      await append(3);
      assert.deepEqual((await next(stream))?.data, { n: 3 });
      await stream.return(undefined);
    });
    it('ends when the server closes', async () => {
      const stream = lines(await api('/events', { headers: (await logIn()).bearer }));
      await next(stream);
      const startedAt = Date.now();
      await rest.close();
      assert.ok(Date.now() - startedAt < 2000);
      assert.equal((await stream.next()).done, true);
    });
  });

  it('describes itself as OpenAPI 3.1, every declared route in it', async () => {
    const document = (await (await api('/openapi.json')).json()) as { openapi: string; paths: Record<string, Record<string, unknown>> };
    assert.equal(document.openapi, '3.1.0');
    for (const route of rest.routes()) assert.ok(document.paths[route.path.replace(/[:*](\w+)/g, '{$1}')]?.[route.method.toLowerCase()], `${route.method} ${route.path}`);
  });
});
