// Who may do what: nobody without identity, a user what is theirs, a ticket what it is for; and which step in which state.
import assert from 'node:assert/strict';
import { allowedSteps, STEPS, TRANSITIONS, type Phase, type TaskState } from '@educloud/contracts';
import { createTicketSigner, type TicketSigner } from '@educloud/tickets';
import { assertProblem } from './requests.suite.ts';
import type { Ask, Scene } from './scene.ts';

const OPEN = ['/login', '/openapi.json'];
const ids = (path: string): string => path.replace(/^\/clc\/api\/1\.0/, '').replace('{tid}', 'img-00000000:img-00000001:ins-00000000').replace(/\{(id|srcid|dstid)\}/g, 'img-00000000').replace('{insid}', 'ins-00000000').replace('{version}', '1').replace(/\{\w+\}/g, 'x');

async function routesOf(scene: Scene): Promise<Array<{ method: string; at: string }>> {
  const { paths } = (await scene.ask({ at: '/openapi.json', as: null })).json as unknown as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(paths).filter(([path]) => path.startsWith('/clc/api/1.0/')).flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method: method.toUpperCase(), at: ids(path) })));
}

/** Signs with the cloud's own key: for tickets that are right but for one thing. */
async function signerOf(scene: Scene, now: () => number): Promise<TicketSigner> {
  const settings = await scene.rows("SELECT value FROM settings WHERE value LIKE '%PRIVATE KEY%'");
  return createTicketSigner({ privateKeyPem: pemIn(String(settings[0]?.['value'])), now });
}
const pemIn = (text: string): string => (/-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----/.exec(text.replaceAll('\\n', '\n'))?.[0] ?? text);

export function doorSuite(theScene: () => Scene): void {
  describe('the door', () => {
    let scene: Scene;
    before(() => { scene = theScene(); });

    it('lets nobody in without identity: 401 on every route but login and the interface itself', async () => {
      for (const { method, at } of await routesOf(scene)) {
        if (OPEN.includes(at)) continue;
        for (const [what, headers] of Object.entries({
          nothing: {}, 'a wrong token': { authorization: 'Bearer AAAA' }, 'another scheme': { authorization: 'Basic YWRtaW46YWRtaW4=' }, 'an empty token': { authorization: 'Bearer ' },
          'a wrong cookie': { cookie: 'educloud_session=AAAA' }, 'a wrong node': { authorization: 'Node nc-00000000:x' },
        }) as Array<[string, Record<string, string>]>) {
          const socket: Record<string, string> = at.startsWith('/console/') ? { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' } : {};
          const answer = await scene.ask({ method, at, as: null, headers: { ...headers, ...socket }, ...(method === 'POST' ? { body: {} } : {}) });
          // A registration carries its token in the body, and this one has none.
          const statuses = at.startsWith('/register/') ? [400, 401, 403] : at.startsWith('/cluster/') ? [401, 403] : [401];
          assertProblem(answer, `${method} ${at} with ${what}`, statuses);
        }
      }
    });

    it('keeps /livez, /readyz and /metrics open on every daemon, and nothing else', async () => {
      for (const [name, { url }] of Object.entries(scene.cloud.json.daemons)) {
        for (const at of ['/livez', '/readyz', '/metrics']) assert.equal((await scene.ask({ at: `${url}${at}`, as: null })).status, 200, `${name}${at}`);
        if (name === 'clc') continue;
        for (const [method, at] of [['GET', `/${name}/api/1.0/images/img-00000000/versions/1/file`], ['POST', `/${name}/api/1.0/uploads`], ['POST', `/${name}/api/1.0/rank`], ['PATCH', `/${name}/api/1.0/uploads/x`], ['POST', `/${name}/api/1.0/register/nc`]] as const) {
          const answer = await scene.ask({ method, at: `${url}${at}`, as: null, ...(method === 'GET' ? {} : { body: {} }) });
          assertProblem(answer, `${name} ${method} ${at}`, [400, 401, 403, 404]);
        }
      }
    });

    it('a user cannot do what is an administrator’s', async () => {
      const asUser = { as: scene.user.token };
      const image = { name: 'x', ostype: 'linux', usage: 'server', sizeBytes: 1000 };
      const forbidden: Ask[] = [
        { method: 'POST', at: '/images', body: image }, { method: 'DELETE', at: '/images/img-00000000' }, { method: 'POST', at: '/images/img-00000000/versions/1/upload', body: {} },
        { method: 'POST', at: '/nodes/tokens', body: { role: 'nc' } }, { method: 'POST', at: '/nodes/nc-1/disable', body: {} }, { method: 'POST', at: '/nodes/nc-1/enable', body: {} },
        { at: '/users' }, { method: 'POST', at: '/users', body: { name: 'eve', role: 'admin', password: 'long enough' } }, { method: 'DELETE', at: '/users/admin' },
      ];
      const untouched = await scene.digest();
      for (const asked of forbidden) {
        const answer = await scene.ask({ ...asked, ...asUser });
        assertProblem(answer, `${asked.method ?? 'GET'} ${asked.at}`, [403]);
        assert.equal(answer.json.code, 'FORBIDDEN');
      }
      assert.deepEqual(await scene.digest(), untouched);
      assert.equal((await scene.ask({ at: '/images', ...asUser })).status, 200);
    });

    it('somebody else’s task does not exist for a user; their own does', async () => {
      const id = await scene.build.upload(await scene.imageFile('door.qcow2', 300_000), { name: 'of the admin', format: 'qcow2' });
      const theirs = await scene.build.begin(id);
      const at = theirs.tid.replaceAll(':', '/');
      const untouched = await scene.digest();
      const hidden: Ask[] = [{ at: `/tasks/${theirs.tid}` }, { at: `/image/create/task/getprogress/${at}` }, { method: 'POST', at: `/tasks/${theirs.tid}/console`, body: {} }, ...STEPS.map((step): Ask => ({ method: 'POST', at: `/image/create/task/${step}/${at}`, body: {} }))];
      for (const asked of hidden) assertProblem(await scene.ask({ ...asked, as: scene.user.token }), asked.at, [404]);
      const list = (await scene.ask({ at: '/tasks', as: scene.user.token })).json as unknown as { items: unknown[] };
      assert.deepEqual(list.items, []);
      assertProblem(await scene.ask({ method: 'POST', at: `/image/modify/task/begin/${id}`, body: {}, as: scene.user.token }), 'modify of somebody else’s image', [403]);
      assert.deepEqual(await scene.digest(), untouched);

      const own = await scene.ask({ method: 'POST', at: `/image/create/task/begin/${id}`, body: { name: 'mine' }, as: scene.user.token });
      assert.equal(own.status, 201, own.text);
      const mine = (own.json['tid'] as string).replaceAll(':', '/');
      assert.equal((await scene.ask({ at: `/tasks/${own.json['tid'] as string}`, as: scene.user.token })).status, 200);
      assert.equal((await scene.ask({ method: 'POST', at: `/image/create/task/delete/${mine}`, body: {}, as: scene.user.token })).status, 202);
      await scene.build.do(theirs.tid, 'delete');
      await scene.build.rests(own.json['tid'] as string);
      await scene.build.deleteImage(id);
    });

    it('a cookie alone changes nothing: it needs the CSRF token and our own origin', async () => {
      const login = await scene.ask({ method: 'POST', at: '/login', as: null, body: { user: scene.user.name, password: scene.user.password } });
      const setCookie = String(login.headers['set-cookie']);
      assert.match(setCookie, /HttpOnly/);
      assert.match(setCookie, /SameSite=Strict/);
      const cookie = setCookie.split(';')[0] as string;
      const csrf = login.json['csrf'] as string;
      const post = (headers: Record<string, string>) => scene.ask({ method: 'POST', at: '/image/create/task/begin/img-00000000', body: { name: 'x' }, as: null, headers: { cookie, ...headers } });
      assert.equal((await scene.ask({ at: '/me', as: null, headers: { cookie } })).status, 200);
      for (const headers of [{}, { 'x-csrf-token': 'wrong' }, { 'x-csrf-token': csrf, origin: 'http://evil.example' }, { 'x-csrf-token': csrf, origin: 'null' }] as Array<Record<string, string>>) {
        assert.equal((await post(headers)).json.code, 'CSRF', JSON.stringify(headers));
      }
      assert.equal((await post({ 'x-csrf-token': csrf })).status, 404);
      assert.equal((await scene.ask({ method: 'POST', at: '/logout', as: null, headers: { cookie, 'x-csrf-token': csrf } })).status, 204);
      assert.equal((await scene.ask({ at: '/me', as: null, headers: { cookie } })).status, 401);
    });

    it('a deleted account is out at once, its name is free again, and the last administrator stays', async () => {
      const { status } = await scene.ask({ method: 'POST', at: '/users', body: { name: 'bob', password: 'long enough' } });
      assert.equal(status, 201);
      assertProblem(await scene.ask({ method: 'POST', at: '/users', body: { name: 'bob', password: 'long enough' } }), 'the same name again', [409]);
      const bob = (await scene.ask({ method: 'POST', at: '/login', as: null, body: { user: 'bob', password: 'long enough' } })).json['token'] as string;
      assert.equal((await scene.ask({ at: '/me', as: bob })).status, 200);
      assert.equal((await scene.edu('user', 'delete', 'bob')).code, 0);
      assert.equal((await scene.ask({ at: '/me', as: bob })).status, 401);
      assertProblem(await scene.ask({ method: 'DELETE', at: '/users/admin' }), 'the last administrator', [409]);
      assertProblem(await scene.ask({ method: 'DELETE', at: '/users/bob' }), 'somebody who is gone', [404]);
      assert.doesNotMatch((await scene.edu('user', 'list', '--output', 'json')).out, /scrypt|password/i);
    });

    it('a ticket opens only what it is for, as long as it lasts, and only when the cloud signed it', async () => {
      const grant = (await scene.ask({ method: 'POST', at: '/images', body: { name: 'ticketed', ostype: 'linux', usage: 'server', sizeBytes: 1000 } })).json as unknown as { imageId: string; version: number; ticket: string; uploadUrl: string };
      const right = { action: 'image/upload' as const, imageId: grant.imageId, version: 1, sizeBytes: 1000, sha256: null, format: 'qcow2' as const, maxVirtualBytes: 1e9, tid: null };
      const [present, past] = [await signerOf(scene, Date.now), await signerOf(scene, () => Date.now() - 3_600_000)];
      const [payload, signature] = grant.ticket.split('.') as [string, string];
      const forged = Buffer.from(JSON.stringify({ ...right, sizeBytes: 5000, exp: Date.now() + 1e6 })).toString('base64url');
      const bad: Record<string, string> = {
        expired: past.sign(right, 1000), 'of another size': present.sign({ ...right, sizeBytes: 999 }, 60_000), 'for a download': present.sign({ action: 'image/download', imageId: grant.imageId, version: 1 }, 60_000),
        'for a console': present.sign({ action: 'console', channel: 'vnc', tail: 0, insId: 'ins-00000000', ncId: 'nc-00000000', ncUrl: 'http://x', epoch: 1, nonce: 'n' }, 60_000),
        forged: `${forged}.${signature}`, 'without signature': `${payload}.`, 'cut off': grant.ticket.slice(0, -4), 'with another signature': `${payload}.${'A'.repeat(86)}`, garbage: '%%%', 'a session': scene.admin, empty: '.', long: 'x'.repeat(6000),
      };
      const create = (ticket: string) => scene.ask({ method: 'POST', at: grant.uploadUrl, as: ticket, headers: { 'tus-resumable': '1.0.0', 'upload-length': '1000' } });
      for (const [what, ticket] of Object.entries(bad)) assert.equal((await create(ticket)).json.code, 'TICKET_INVALID', what);
      assert.equal((await create(grant.ticket)).status, 201);
      const other = present.sign({ ...right, imageId: 'img-00000000' }, 60_000);
      for (const method of ['HEAD', 'PATCH', 'DELETE']) {
        const answer = await scene.ask({ method, at: `${grant.uploadUrl}/${grant.imageId}.v1`, as: other, headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' } });
        assert.equal(answer.status, 403, `${method} with the ticket of another image`);
      }
      const file = (url: string, name: string, ticket: string) => scene.ask({ at: `${url}/${name}/api/1.0/images/${grant.imageId}/versions/1/file`, as: ticket });
      for (const name of ['walrus', 'cc'] as const) {
        for (const ticket of [grant.ticket, past.sign({ action: 'image/download', imageId: grant.imageId, version: 1 }, 1000), present.sign({ action: 'image/download', imageId: 'img-00000000', version: 1 }, 60_000)]) {
          assert.equal((await file(scene.cloud.json.daemons[name].url, name, ticket)).json.code, 'TICKET_INVALID', name);
        }
      }
      assert.equal((await scene.ask({ method: 'DELETE', at: `${grant.uploadUrl}/${grant.imageId}.v1`, as: grant.ticket, headers: { 'tus-resumable': '1.0.0' } })).status, 204);
    });
  });

  describe('a step in the wrong phase', () => {
    it('is answered with 409, the present phase and what is allowed, in every state', async function () {
      this.timeout(120_000);
      const scene = theScene();
      const id = await scene.build.upload(await scene.imageFile('phase.qcow2', 300_000), { name: 'phases', format: 'qcow2' });
      const { tid } = await scene.build.begin(id);
      const at = tid.replaceAll(':', '/');
      const put = (phase: string, state: string) => scene.change('UPDATE tasks SET phase = ?, state = ? WHERE tid = ?', [phase, state, tid]);
      for (const key of Object.keys(TRANSITIONS)) {
        const [phase, state] = key.split('/') as [Phase, TaskState];
        await put(phase, state);
        const allowed = allowedSteps({ phase, state, failedStep: null });
        const untouched = await scene.digest();
        for (const step of STEPS.filter((s) => !allowed.includes(s))) {
          const answer = await scene.ask({ method: 'POST', at: `/image/create/task/${step}/${at}`, body: {} });
          assertProblem(answer, `${step} in ${key}`, [409]);
          assert.deepEqual(answer.json.data, { phase, state, allowed }, `${step} in ${key}`);
          assert.ok(answer.json.detail?.includes(key) && allowed.every((s) => answer.json.detail?.includes(s)), answer.text);
        }
        assert.deepEqual(await scene.digest(), untouched, key);
      }
      await put('preparing', 'pending');
      const byCli = await scene.edu('task', 'submit', tid);
      assert.equal(byCli.code, 5, byCli.err);
      assert.match(byCli.err, /preparing\/pending.*prepare/);
      assertProblem(await scene.ask({ method: 'POST', at: `/image/modify/task/prepare/${at}`, body: {} }), 'a create step under the modify address', [404]);
      await scene.build.do(tid, 'delete');
      await scene.build.deleteImage(id);
    });
  });
}
