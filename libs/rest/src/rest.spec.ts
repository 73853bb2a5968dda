import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { CloudError, hasCode } from '@educloud/errors';
import { z } from 'zod';
import { authoriseTickets } from './authorise-tickets.ts';
import { createDeclarations } from './declarations.ts';
import type { RouteSpec } from './interface.ts';
import { cacheControl } from './pages.ts';
import { fieldsOf, problemOf } from './problem.ts';
import { busCheck, readinessOf } from './readiness.ts';

const spec = (method: RouteSpec['method'], path: string): RouteSpec => ({ method, path, need: 'user', summary: '' });

describe('declared routes', () => {
  it('are refused without a need', () => {
    assert.throws(() => createDeclarations().add('http', { ...spec('GET', '/a'), need: undefined as never }, 0), /does not declare what it needs/);
  });
  it('are refused twice, whatever their parameters are called', () => {
    const d = createDeclarations<number>();
    d.add('http', spec('GET', '/a/:id'), 1);
    assert.throws(() => d.add('http', spec('GET', '/a/:id'), 2), /declared twice/);
    assert.throws(() => d.add('http', spec('POST', '/a/:name'), 3), /differently/);
  });
  it('with literal segments win over parameters in any order of declaration', () => {
    const d = createDeclarations<number>();
    for (const path of ['/a/*rest', '/a/:id', '/a/tokens']) d.add('http', spec('GET', path), 1);
    assert.deepEqual(d.byPath('http').map((r) => r.path), ['/a/tokens', '/a/:id', '/a/*rest']);
  });
});

describe('a problem', () => {
  it('keeps the text of unexpected errors out of sight and names the request', () => {
    const { status, body } = problemOf(new Error('password=hunter2'), 'r-1');
    assert.equal(status, 500);
    assert.ok(!JSON.stringify(body).includes('hunter2'));
    assert.match(body.detail, /r-1/);
  });
  it('tells when to come back', () => {
    assert.equal(problemOf(new CloudError('TOO_MANY_REQUESTS', 'x', { data: { retryAfterSeconds: 7.2 } }), 'r').headers['Retry-After'], '8');
    assert.equal(problemOf(new CloudError('BUS_UNAVAILABLE', 'x'), 'r').headers['Retry-After'], '5');
  });
  it('names each unknown field', () => {
    const input = { a: { b: 'x', c: 1, d: 2 } };
    const r = z.object({ a: z.strictObject({ b: z.number() }) }).safeParse(input);
    assert.deepEqual(r.success ? [] : fieldsOf(r.error, input, 'body').map((f) => f.field), ['a.b', 'a.c', 'a.d']);
  });
  it('says in words of ours what is wrong with a field', () => {
    const form = z.object({ name: z.string(), kind: z.enum(['vs', 'rvd']), zone: z.union([z.string(), z.null()]), cpus: z.int().min(1), image: z.enum(['a', 'b']), memory: z.int(), either: z.union([z.string(), z.null()]), cards: z.array(z.string()).min(1) });
    const input = { cpus: 0, image: 'c', memory: 1.5, either: 7, cards: [] };
    const r = form.safeParse(input);
    assert.deepEqual(r.success ? [] : fieldsOf(r.error, input, 'body').map((f) => `${f.field}: ${f.message}`), [
      'name: is missing', 'kind: is missing', 'zone: is missing', 'cpus: at least 1', 'image: one of a, b', 'memory: a whole number', 'either: does not have the required form', 'cards: at least 1',
    ]);
  });
});

describe('pages', () => {
  it('are cached for ever only under a name made from their content', () => {
    assert.match(cacheControl('/d/assets/index-BxY3k_2a.js'), /immutable/);
    assert.equal(cacheControl('/d/index.html'), 'no-cache');
    assert.equal(cacheControl('/d/assets/logo-standard.svg'), 'no-cache');
  });
});

describe('a daemon that knows only tickets', () => {
  const claims = { action: 'image/download' as const, imageId: 'img-1', version: 1 };
  const verifier = { verifyAny: (token: string) => { if (token !== 'good') throw new CloudError('TICKET_INVALID', 'no'); return claims; } };
  const asked = (authorization?: string) => ({ headers: { authorization } }) as IncomingMessage;
  const authorise = authoriseTickets(verifier);
  it('lets in who has one, and hands its claims to the route', async () => {
    assert.deepEqual(await authorise('ticket', asked('Bearer good')), { kind: 'ticket', claims });
  });
  it('refuses a bad one, a missing one, and every need it cannot decide', async () => {
    for (const header of ['Bearer bad', 'Basic good', undefined]) await assert.rejects(authorise('ticket', asked(header)), (e) => hasCode(e, 'TICKET_INVALID'));
    for (const need of ['user', 'admin', 'node', 'join'] as const) await assert.rejects(authorise(need, asked('Bearer good')), (e) => hasCode(e, 'FORBIDDEN'));
  });
  it('takes registrations only where it was told so', async () => {
    assert.deepEqual(await authoriseTickets(verifier, { join: true })('join', asked()), { kind: 'nobody' });
  });
});

describe('readiness', () => {
  const daemon = { role: 'nc', version: '1', id: null, epoch: null };
  it('is the sum of the checks, and names those that fail', () => {
    const readiness = readinessOf(daemon, { bus: busCheck({ connected: true, blocked: true, reason: 'memory alarm' }), disk: { ok: true, message: '' } });
    assert.deepEqual([readiness.ready, readiness.reasons], [false, ['bus: memory alarm']]);
    assert.equal(readinessOf(daemon, { bus: busCheck({ connected: true, blocked: false, reason: '' }) }).ready, true);
  });
});
