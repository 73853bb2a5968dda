// Every route of the published interface × everything that nobody should send. Never a 500, never a side effect.
import assert from 'node:assert/strict';
import { ImageName, ERRORS, UserName } from '@educloud/contracts';
import type { Answer, Ask, Scene } from './scene.ts';

interface Operation {
  method: string;
  /** As in the document: `/clc/api/1.0/images/{id}` */
  path: string;
  hasBody: boolean;
  properties: Record<string, Schema>;
  queries: Array<{ name: string }>;
}
interface Schema { type?: string; properties?: Record<string, Schema>; required?: string[]; $ref?: string }
interface Document {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Schema }> }; parameters?: Array<{ name: string; in: string }> }>>;
}

/** Ids of the right form that nobody has. */
const UNKNOWN: Record<string, string> = { id: 'img-00000000', srcid: 'img-00000000', dstid: 'img-00000001', insid: 'ins-00000000', tid: 'img-00000000:img-00000001:ins-00000000', version: '1', ccname: 'nobody', name: 'nobody', batchid: 'bat-00000000' };
const GARBAGE: Record<string, string> = {
  'a NUL': 'a%00b', 'a way up': '..%2F..%2F..%2Fetc%2Fpasswd', 'a backslash': '..%5C..%5Cx', '10 kB': 'x'.repeat(10_000), 'bad encoding': '%ff%fe', 'half an escape': '%2', 'an emoji': '%F0%9F%92%A3',
  SQL: "'%20OR%20'1'='1", HTML: '%3Cscript%3Ealert(1)%3C%2Fscript%3E', 'a template': '%24%7B7*7%7D', 'a huge number': '99999999999999999999999', 'a negative number': '-1', 'a newline': 'a%0d%0aSet-Cookie:x=1',
};
const BAD_STATUS = [400, 401, 403, 404, 405, 409, 413, 415, 422];
const MALFORMED = ['{', '{"name":', 'null', '[]', '"text"', '42', '{"a":1}}', '\u0000', '{"__proto__":{"admin":true},"constructor":1}', '\ufeff{', '['.repeat(400_000), `${'['.repeat(400_000)}${']'.repeat(400_000)}`, `{"name":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`];
const WRONG_VALUES: unknown[] = [null, 17, -1, 1.5, 1e300, true, 'x'.repeat(5_000), '', '\u0000', '\ud800', [], [1], {}, { $gt: '' }];

/** A refusal as promised: our own problem document, a code of the table, its status, and nothing of our insides. */
export function assertProblem(answer: Answer, what: string, statuses: number[] = BAD_STATUS): void {
  const shown = `${what}: ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.ok(statuses.includes(answer.status), shown);
  assert.match(answer.type, /^application\/problem\+json/, shown);
  const entry = ERRORS[answer.json.code as keyof typeof ERRORS];
  assert.ok(entry, `${shown}: the code is not in the table`);
  assert.equal(answer.json.status, answer.status, shown);
  assert.doesNotMatch(answer.text, /node_modules|\.ts:\d|\bat \w+ \(|SELECT |ER_[A-Z]/, shown);
}

async function operationsOf(scene: Scene): Promise<Operation[]> {
  const document = (await scene.ask({ at: '/openapi.json', as: null })).json as unknown as Document;
  return Object.entries(document.paths).filter(([path]) => path.startsWith('/clc/api/1.0/')).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, spec]) => {
      const schema = spec.requestBody?.content['application/json']?.schema;
      return { method: method.toUpperCase(), path, hasBody: schema !== undefined, properties: schema?.properties ?? {}, queries: (spec.parameters ?? []).filter((p) => p.in === 'query') };
    }),
  );
}

const fill = (path: string, values: Record<string, string>): string => path.replace(/^\/clc\/api\/1\.0/, '').replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? UNKNOWN[name] ?? 'x');
const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1] as string);
/** They say who they are in a header that nobody here has. */
const isForDaemons = (path: string): boolean => path.includes('/register/') || path.includes('/cluster/');
/** Without a declared body nothing is read; a stream never ends. Logging out would end our own session. */
const isOpenEnded = (operation: Operation): boolean => operation.path.endsWith('/events') || operation.path.endsWith('/logout');

/** A few at once: it is thousands of requests. */
async function each<T>(items: T[], work: (item: T) => Promise<void>, atOnce = 16): Promise<void> {
  const waiting = [...items];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  }));
}

export function requestSuite(theScene: () => Scene): void {
  describe('requests that nobody should send', () => {
    let scene: Scene;
    let operations: Operation[];
    let untouched: Record<string, string>;
    const send = async (asked: Ask, statuses?: number[]): Promise<Answer> => {
      const answer = await scene.ask(asked);
      const body = typeof asked.body === 'string' ? asked.body : (JSON.stringify(asked.body) ?? '');
      assertProblem(answer, `${asked.method ?? 'GET'} ${asked.at.slice(0, 120)} ${body.slice(0, 120)}`, statuses);
      return answer;
    };
    const withBody = (): Operation[] => operations.filter((o) => o.hasBody);

    before(async () => {
      scene = theScene();
      operations = await operationsOf(scene);
      assert.ok(operations.length > 30, `${operations.length} routes are published`);
      untouched = await scene.digest();
    });
    afterEach('nothing was changed by it', async () => {
      assert.deepEqual(await scene.digest(), untouched);
    });

    it('malformed JSON and bodies that are no object are answered with 400', () =>
      each(withBody().flatMap((o) => MALFORMED.map((body) => ({ o, body }))), async ({ o, body }) => {
        const answer = await send({ method: o.method, at: fill(o.path, {}), body });
        if (answer.status === 400) assert.ok((answer.json.fields ?? []).length > 0, `${o.path}: no field is named: ${answer.text}`);
      }));

    it('unknown fields are named', () =>
      each(withBody(), async (o) => {
        const answer = await send({ method: o.method, at: fill(o.path, {}), body: { ...(o.path.endsWith('/batches') ? { action: 'run' } : {}), unheardOf: 1 } }, isForDaemons(o.path) ? [400, 401] : [400]);
        // A daemon may be newer than its cloud: what it says of itself is not checked for unknown fields.
        if (!isForDaemons(o.path)) assert.ok(answer.json.fields?.some((f) => f.field === 'unheardOf'), `${o.path}: ${answer.text}`);
      }));

    it('values of a wrong type or size are refused, with the field named', () =>
      each(withBody().flatMap((o) => Object.keys(o.properties).flatMap((field) => WRONG_VALUES.map((value) => ({ o, field, value })))), async ({ o, field, value }) => {
        const answer = await send({ method: o.method, at: fill(o.path, {}), body: { [field]: value } }, [400, 401, 403, 404, 422]);
        if (answer.status !== 400) return;
        const named = (answer.json.fields ?? []).map((f) => f.field.split('.')[0]);
        assert.ok(named.length > 0, `${o.path} ${field}: ${answer.text}`);
        // No property is a list of one number.
        if (Array.isArray(value) && value.length > 0) assert.ok(named.includes(field), `${o.path} ${field}: ${answer.text}`);
      }));

    it('other content types and compressed bodies are answered with 415', () =>
      each(withBody().flatMap((o) => ([{ 'content-type': 'text/plain' }, { 'content-type': 'multipart/form-data; boundary=x' }, { 'content-type': 'application/x-www-form-urlencoded' }, { 'content-type': 'application/json', 'content-encoding': 'gzip' }] as Array<Record<string, string>>).map((headers) => ({ o, headers }))), async ({ o, headers }) => {
        await send({ method: o.method, at: fill(o.path, {}), body: '{}', headers }, isForDaemons(o.path) ? [403, 401, 415] : [415]);
      }));

    it('bodies above the limit are answered with 413, announced or not', () =>
      each(withBody(), async (o) => {
        const statuses = isForDaemons(o.path) ? [401, 403, 413] : [413];
        await send({ method: o.method, at: fill(o.path, {}), body: JSON.stringify({ name: 'x'.repeat(1_100_000) }) }, statuses);
      }, 4));

    it('ids that nobody has are answered with 404, before or after looking at the body', () =>
      each(operations.filter((o) => namesIn(o.path).length > 0), async (o) => {
        const least = o.path.includes('/begin/') ? { name: 'x' } : o.path.endsWith('/fence') ? { switchedOff: true } : {};
        const body = o.path.includes('/modify/') || !o.hasBody ? {} : least;
        await send({ method: o.method, at: fill(o.path, {}), ...(o.hasBody ? { body } : {}) }, o.path.includes('/register/') ? [400, 401, 403] : [404]);
      }));

    it('garbage in the address is answered with 400 or 404, whatever it is', () =>
      each(operations.flatMap((o) => namesIn(o.path).flatMap((name) => Object.values(GARBAGE).map((value) => ({ o, name, value })))), async ({ o, name, value }) => {
        await send({ method: o.method, at: fill(o.path, { [name]: value }), ...(o.hasBody ? { body: {} } : {}) }, [400, 401, 403, 404]);
      }));

    it('garbage in the query is answered with 400', async () => {
      const values = ['0', '-1', '501', 'abc', '1.5', '1e9', '%00', "'%3B--", '', 'x'.repeat(3_000), '%F0%9F%92%A3'];
      await each(operations.filter((o) => o.queries.length > 0).flatMap((o) => o.queries.flatMap(({ name }) => values.map((value) => ({ o, name, value })))), async ({ o, name, value }) => {
        const answer = await scene.ask({ method: o.method, at: `${fill(o.path, {})}?${name}=${value}` });
        if (answer.status === 200 && (name === 'cursor' || name === 'limit') && value === '') return; // as good as not said
        if (answer.status === 200 && name === 'owner' && UserName.safeParse(value).success) return; // somebody may be called so
        if (answer.status === 200 && name === 'name' && ImageName.safeParse(decodeURIComponent(value)).success) return; // or something
        assertProblem(answer, `${o.path}?${name}=${value.slice(0, 30)}`, namesIn(o.path).length > 0 ? [400, 404] : [400]);
      });
      assert.equal((await scene.ask({ at: '/tasks?limit=1&limit=2' })).status, 400);
    });

    it('other methods are answered with 405 and what is possible', () =>
      each([...new Set(operations.map((o) => o.path))].filter((path) => !path.endsWith('/events')), async (path) => {
        const known = operations.filter((o) => o.path === path).map((o) => o.method);
        for (const method of ['PUT', 'PATCH', 'DELETE', 'POST', 'GET'].filter((m) => !known.includes(m))) {
          // Another route may have the method at this address: /nodes/tokens is also a /nodes/{id}.
          const answer = await scene.ask({ method, at: fill(path, {}) });
          assertProblem(answer, `${method} ${path}`, [405, 404, 400]);
          if (answer.status === 405) assert.ok(known.every((m) => String(answer.headers.allow).includes(m)), `${path}: Allow ${String(answer.headers.allow)}`);
        }
      }));

    it('addresses that go up, or lead nowhere, end at a problem document', async () => {
      for (const at of ['/../../../../etc/passwd', '/images/..%2f..%2f..', '//images', '/images/', '/IMAGES', '/images/img-00000000/../../users', '/%2e%2e/%2e%2e/', '/nothing']) {
        const answer = await scene.ask({ at, headers: { accept: 'application/json' } });
        // A page for people may answer below other addresses, an image list never without its own address.
        if (answer.type.includes('json')) assert.ok([400, 404, 200].includes(answer.status), `${at}: ${answer.status}`);
        assert.doesNotMatch(answer.text, /root:x:0/, at);
      }
    });

    it('odd headers change nothing: Idempotency-Key, X-Request-Id, ranges, 15 kB of cookie', async () => {
      for (const headers of [{ 'idempotency-key': 'a b' }, { 'idempotency-key': 'x'.repeat(300) }] as Array<Record<string, string>>) {
        const answer = await send({ method: 'POST', at: '/image/create/task/begin/img-00000000', body: { name: 'x' }, headers }, [400]);
        assert.deepEqual(answer.json.fields?.map((f) => f.field), ['Idempotency-Key']);
      }
      const odd = await scene.ask({ at: '/images', headers: { 'x-request-id': '<script>', range: 'bytes=0-1', 'if-none-match': '*', cookie: `a=${'x'.repeat(10_000)}` } });
      assert.equal(odd.status, 200);
      assert.doesNotMatch(String(odd.headers['x-request-id']), /</);
      // Closed with bytes unread, the line may be reset before the answer was read: refused either way.
      const huge = await scene.ask({ at: '/images', headers: { cookie: `a=${'x'.repeat(40_000)}` } }).then((answer) => answer.status, (e: NodeJS.ErrnoException) => e.code);
      assert.ok([431, 'ECONNRESET', 'EPIPE'].includes(huge ?? ''), String(huge));
      assert.equal((await scene.ask({ at: '/images' })).status, 200);
    });

    it('what has no body ignores one or refuses it, and does the same as without', () =>
      each(operations.filter((o) => !o.hasBody && !isOpenEnded(o) && namesIn(o.path).length > 0), async (o) => {
        await send({ method: o.method, at: fill(o.path, {}), body: '{"broken":' }, [400, 404]);
      }));
  });

  describe('image names', () => {
    const refused: Record<string, string> = { 'a way up': '../../etc/passwd', 'a slash': 'a/b', 'a backslash': 'a\\b', NUL: 'a\u0000b', 'a leading dash': '-rf', 'a leading dot': '.hidden', '300 characters': 'x'.repeat(300), 'a newline': 'a\nb', 'an escape sequence': '\u001b[31mred', spaces: '   ', nothing: '', 'half a character': 'a\ud800b', 'text that runs backwards': 'safe\u202egpj.exe' };
    const harmless: Record<string, string> = { emoji: '🖥️ Büro 💣', Chinese: '服务器基础镜像', HTML: '<img src=x onerror=alert(1)><b>bold', SQL: "Robert'); DROP TABLE images;--", 'a shell': '$(reboot) `id` ; rm -rf ~ | cat', 'a template': '{{7*7}} ${7*7} %s %n' };

    it('that could be taken for something else are refused, with the field named', async () => {
      const scene = theScene();
      const untouched = await scene.digest();
      for (const [what, name] of Object.entries(refused)) {
        const answer = await scene.ask({ method: 'POST', at: '/images', body: { name, ostype: 'linux', usage: 'server', sizeBytes: 1000 } });
        assertProblem(answer, what, [400]);
        assert.ok(answer.json.fields?.some((f) => f.field === 'name'), `${what}: ${answer.text}`);
      }
      assert.deepEqual(await scene.digest(), untouched);
    });

    it('of any other kind stay text everywhere: stored, listed, given to the CLI and to the node', async function () {
      this.timeout(120_000);
      const scene = theScene();
      const file = await scene.imageFile('name.qcow2', 300_000);
      for (const [what, name] of Object.entries(harmless)) {
        const id = await scene.build.upload(file, { name, format: 'qcow2' });
        assert.equal((await scene.build.image(id)).name, name, what);
        const listed = await scene.edu('image', 'list', '--output', 'json');
        assert.ok((JSON.parse(listed.out) as Array<{ name: string }>).some((image) => image.name === name), what);
        assert.ok((await scene.edu('image', 'list')).out.includes(name.slice(0, 20)), what);
        const task = await scene.build.begin(id, { name });
        for (const [step, state] of [['prepare', 'prepared'], ['run', 'running'], ['delete', 'deleted']] as const) {
          const after = await scene.build.do(task.tid, step);
          assert.equal(after.state, state, `${what}: ${after.message}`);
        }
        await scene.build.deleteImage(id);
      }
      assert.ok((await scene.ask({ at: '/images' })).headers['x-content-type-options'] === 'nosniff');
    });
  });
}
