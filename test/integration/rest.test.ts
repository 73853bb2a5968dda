// The HTTP server of every daemon, over real sockets.
import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudError } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { callTier, createRest, type Rest } from '@educloud/rest';
import { z } from 'zod';

const make = (): Rest =>
  createRest({
    role: 'cc', version: '1', log: silentLog(), closeDeadlineMs: 1500, maxBodyBytes: 1000,
    authorise: async (need, request) => {
      if (need === 'nobody') return { kind: 'nobody' };
      if (request.headers.authorization !== 'Bearer good') throw new CloudError('UNAUTHENTICATED', 'who are you');
      return { kind: 'user', user: 'u', role: 'user', session: 's' };
    },
    readiness: async () => ({ ready: false, role: 'cc', id: null, epoch: null, version: '1', reasons: ['no broker'], checks: {} }),
  });

describe('the HTTP server of a daemon', () => {
  let rest: Rest;
  let url: string;
  let folder: string;
  let release: () => void;
  let entered: Promise<void>;
  let enter: () => void;
  const auth = { Authorization: 'Bearer good' };
  const json = { ...auth, 'Content-Type': 'application/json' };
  const post = (body: string, headers: Record<string, string> = json) => fetch(`${url}/things`, { method: 'POST', body, headers });
  const problem = async (r: Response) => {
    assert.match(r.headers.get('content-type') ?? '', /application\/problem\+json/);
    return (await r.json()) as { code: string; detail: string; fields?: Array<{ field: string }>; data?: unknown };
  };

  let held: Promise<void>;
  beforeEach(async () => {
    held = new Promise((r) => { release = r; });
    entered = new Promise((r) => { enter = r; });
    folder = await mkdtemp(join(tmpdir(), 'educloud-rest-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<p>app</p>');
    await writeFile(join(folder, 'assets', 'main-Ab12Cd34.js'), 'x');
    rest = make();
    rest.route({ method: 'POST', path: '/things', need: 'user', summary: '', status: 201, body: z.strictObject({ name: z.string(), size: z.number().optional() }) }, async ({ body }) => ({ body }));
    rest.route({ method: 'GET', path: '/things/:tid', need: 'user', summary: '', params: z.object({ tid: z.string() }) }, async ({ params }) => ({ body: params }));
    rest.route({ method: 'GET', path: '/broken', need: 'nobody', summary: '' }, async () => { throw new Error('canary-secret'); });
    rest.route({ method: 'GET', path: '/slow', need: 'nobody', summary: '' }, async () => { enter(); await held; return { body: { done: true } }; });
    rest.raw({ methods: ['GET', 'PATCH'], path: '/files/*rest', need: 'user', summary: '' }, (_q, s, call) => void s.end(call.params['rest']));
    rest.raw({ methods: ['GET'], path: '/stream', need: 'nobody', summary: '' }, (_q, s) => void s.write(': open\n\n'));
    rest.upgrade({ path: '/ws/:id', need: 'user', summary: '' }, (_q, socket, _h, call) => void socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\n${call.params['id']}`));
    rest.pages('/', folder);
    ({ url } = await rest.listen(0, '127.0.0.1'));
  });
  afterEach(async () => {
    release();
    await rest.close();
    await rm(folder, { recursive: true });
  });

  it('answers what is not declared with 404 and a wrong method with 405 and Allow', async () => {
    const none = await fetch(`${url}/nothing`);
    assert.equal(none.status, 404);
    assert.equal((await problem(none)).code, 'NOT_FOUND');
    const wrong = await fetch(`${url}/things`, { headers: auth });
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get('allow'), 'POST');
  });
  it('asks for the identity before anything else, also of raw handlers', async () => {
    assert.equal((await post('{', {})).status, 401);
    assert.equal((await fetch(`${url}/files/a`)).status, 401);
    assert.equal(await (await fetch(`${url}/files/a/b`, { headers: auth })).text(), 'a/b');
  });
  it('takes parameters with colons', async () => {
    assert.deepEqual(await (await fetch(`${url}/things/img-1:img-2:ins-3`, { headers: auth })).json(), { tid: 'img-1:img-2:ins-3' });
    assert.equal((await fetch(`${url}/things/%E0%A4%A`, { headers: auth })).status, 400);
  });
  it('names what is wrong with a body', async () => {
    const malformed = await post('{"name": hunter2');
    assert.equal(malformed.status, 400);
    const told = await problem(malformed);
    assert.match(told.detail, /malformed JSON/);
    assert.ok(!told.detail.includes('hunter2'));
    assert.deepEqual((await problem(await post('{"name":1,"x":2}'))).fields?.map((f) => f.field), ['name', 'x']);
    assert.equal((await post('name=a', { ...auth, 'Content-Type': 'application/x-www-form-urlencoded' })).status, 415);
    const big = await post(JSON.stringify({ name: 'a'.repeat(2_000_000) }));
    assert.equal(big.status, 413);
    assert.equal((await problem(big)).fields?.[0]?.field, 'body');
    assert.equal((await post('{"name":"a"}')).status, 201);
  });
  it('names what it does not know in a query: a misspelt filter is no answer', async () => {
    const answer = await fetch(`${url}/things/a?limti=3`, { headers: auth });
    assert.equal(answer.status, 400);
    assert.deepEqual((await problem(answer)).fields?.map((f) => f.field), ['limti']);
  });
  it('refuses a too large body of unknown length', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const q = httpRequest(`${url}/things`, { method: 'POST', headers: json }, (s) => { s.resume(); resolve(s.statusCode ?? 0); }).on('error', reject);
      q.write('"' + 'a'.repeat(3000));
      q.end('"');
    });
    assert.equal(status, 413);
  });
  it('leaks nothing of unexpected errors and gives the request id', async () => {
    const r = await fetch(`${url}/broken`, { headers: { 'X-Request-Id': 'r-42' } });
    assert.equal(r.status, 500);
    assert.equal(r.headers.get('x-request-id'), 'r-42');
    const text = await r.text();
    assert.ok(text.includes('r-42') && !text.includes('canary'), text);
  });
  it('says whether it lives, is ready and how it does', async () => {
    assert.equal((await fetch(`${url}/livez`)).status, 200);
    const ready = await fetch(`${url}/readyz`);
    assert.equal(ready.status, 503);
    assert.deepEqual(((await ready.json()) as { reasons: string[] }).reasons, ['no broker']);
    assert.match(await (await fetch(`${url}/metrics`)).text(), /educloud_http_request_duration_seconds/);
  });
  it('serves the pages, the app for unknown addresses, and never the app for the API', async () => {
    const html = { Accept: 'text/html' };
    const page = await fetch(`${url}/images/img-1`, { headers: html });
    assert.equal(await page.text(), '<p>app</p>');
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'.*frame-ancestors 'none'/);
    assert.match((await fetch(`${url}/assets/main-Ab12Cd34.js`)).headers.get('cache-control') ?? '', /immutable/);
    assert.equal((await fetch(`${url}/clc/api/1.0/none`, { headers: html })).status, 404);
    assert.equal((await fetch(`${url}/assets/gone.js`, { headers: html })).status, 404);
    assert.equal((await fetch(`${url}/..%2f..%2fetc%2fpasswd`, { headers: html })).status, 404);
  });
  it('authorises WebSockets like everything else', async () => {
    const upgrade = (path: string, more = ''): Promise<string> => new Promise((resolve, reject) => {
      let text = '';
      const s = connect(Number(new URL(url).port), '127.0.0.1', () => s.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`));
      s.on('data', (d) => (text += d.toString())).on('end', () => resolve(text)).on('error', reject);
    });
    assert.match(await upgrade('/ws/7'), /^HTTP\/1.1 401[\s\S]*problem\+json[\s\S]*UNAUTHENTICATED/);
    assert.match(await upgrade('/ws/7', 'Authorization: Bearer good\r\n'), /101[\s\S]*7$/);
    assert.match(await upgrade('/none'), /^HTTP\/1.1 404/);
  });
  it('lets requests finish when it closes', async () => {
    const answer = fetch(`${url}/slow`);
    await entered;
    const closed = rest.close();
    setImmediate(release);
    assert.deepEqual(await (await answer).json(), { done: true });
    await closed;
  });
  it('cuts what does not end within the deadline of closing', async () => {
    const open = await fetch(`${url}/stream`);
    const startedAt = Date.now();
    await rest.close();
    assert.ok(Date.now() - startedAt < 3000);
    await assert.rejects(open.text());
  });

  describe('asked by another daemon', () => {
    const shape = z.object({ tid: z.string() });
    it('gives the checked answer or its own error code', async () => {
      assert.deepEqual(await callTier({ baseUrl: url, path: '/things/a', headers: auth, schema: shape }), { tid: 'a' });
      await assert.rejects(callTier({ baseUrl: url, path: '/things/a', schema: shape }), { code: 'UNAUTHENTICATED', message: 'who are you' });
      await assert.rejects(callTier({ baseUrl: url, path: '/things', method: 'POST', body: {}, headers: auth, schema: shape }), { code: 'BAD_REQUEST' });
    });
    it('is called unreachable when it is gone, late or not ours', async () => {
      await assert.rejects(callTier({ baseUrl: url, path: '/slow', timeoutMs: 50, schema: shape }), { code: 'NODE_UNREACHABLE', retryable: true });
      await assert.rejects(callTier({ baseUrl: 'http://127.0.0.1:1', path: '/', schema: shape, unreachable: 'STORE_UNAVAILABLE' }), { code: 'STORE_UNAVAILABLE' });
      await assert.rejects(callTier({ baseUrl: url, path: '/things/a', headers: auth, schema: z.object({ other: z.string() }) }), { code: 'INTERNAL' });
    });
  });
});
