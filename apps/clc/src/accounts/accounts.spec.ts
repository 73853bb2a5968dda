import assert from 'node:assert/strict';
import { CloudError } from '@educloud/errors';
import { randomBytes } from 'node:crypto';
import { createIdempotency } from './idempotency.ts';
import { createPasswords } from './passwords.ts';
import { hashSecret, isSecretOf } from './secrets.ts';
import { createThrottle } from './throttle.ts';
import type { AccountStore, IdempotencyRow } from '../store/interface.ts';

const cheap = { logN: 4, r: 8, p: 1 };

describe('passwords', () => {
  it('are right only for their own hash, whose cost is kept in it', async () => {
    const old = await createPasswords({ random: randomBytes, cost: cheap }).hash('secret');
    const now = createPasswords({ random: randomBytes, cost: { logN: 5, r: 8, p: 1 } });
    assert.match(old, /^scrypt\$4\$8\$1\$/);
    assert.equal(await now.verify('secret', old), true);
    assert.equal(await now.verify('Secret', old), false);
    assert.equal(await now.verify('', null), false);
  });
  it('of which too many are checked at once are refused, not queued for ever', async () => {
    const p = createPasswords({ random: randomBytes, cost: cheap });
    const all = await Promise.allSettled(Array.from({ length: 100 }, () => p.verify('x', null)));
    assert.equal(all.filter((r) => r.status === 'rejected').length, 34);
    assert.equal(await p.verify('x', null), false);
  });
});

describe('secrets', () => {
  it('match their hash and nothing matches nobody', () => {
    assert.ok(isSecretOf('a', hashSecret('a')));
    assert.ok(!isSecretOf('b', hashSecret('a')));
    assert.ok(!isSecretOf('a', null));
  });
});

describe('the login throttle', () => {
  it('counts per user and address, forgets after the window and after success', () => {
    let now = 0;
    const t = createThrottle({ now: () => now, perUser: 2, perAddress: 5, windowMs: 1000 });
    const fails = (user: string, address: string): boolean => { try { t.attempt(user, address); return false; } catch { return true; } };
    assert.deepEqual([fails('u', 'a'), fails('U', 'a'), fails('u', 'a'), fails('u', 'b'), fails('v', 'a')], [false, false, true, false, false]);
    t.succeeded('u', 'a');
    assert.equal(fails('u', 'a'), false);
    assert.deepEqual([fails('w', 'a'), fails('x', 'a'), fails('y', 'a')], [false, false, true]);
    now = 1001;
    assert.equal(fails('y', 'a'), false);
  });
  it('holds only so many entries', () => {
    const t = createThrottle({ now: () => 0, perUser: 1, perAddress: 1e9, windowMs: 1000, capacity: 10 });
    t.attempt('first', 'a');
    for (let n = 0; n < 100; n++) t.attempt(`u${n}`, 'a');
    assert.doesNotThrow(() => t.attempt('first', 'a'));
  });
});

describe('an Idempotency-Key', () => {
  const caller = { kind: 'user', user: 'u', role: 'user', session: 's' } as const;
  const keys = () => {
    const rows = new Map<string, IdempotencyRow>();
    const accounts = {
      claimIdempotencyKey: async (r: IdempotencyRow) => { const there = rows.get(r.key); if (!there) rows.set(r.key, r); return there ?? null; },
      finishIdempotencyKey: async (key: string, _u: string, a: object) => void Object.assign(rows.get(key) as object, a),
      dropIdempotencyKey: async (key: string) => void rows.delete(key),
    } as unknown as AccountStore;
    return { rows, accounts, run: createIdempotency({ accounts, now: () => 1 }).run };
  };
  it('whose first request was refused may be used again', async () => {
    const { run } = keys();
    await assert.rejects(run('k', caller, 'h', async () => { throw new CloudError('WRONG_PHASE', 'no'); }));
    assert.deepEqual(await run('k', caller, 'h', async () => ({ status: 201, body: 1 })), { status: 201, body: 1 });
  });
  it('of whose first request nobody knows how it ended is not run twice', async () => {
    for (const e of [new CloudError('DATABASE_UNAVAILABLE', 'gone in the commit'), new CloudError('INTERNAL', 'bug'), new Error('bug')]) {
      const { run } = keys();
      await assert.rejects(run('k', caller, 'h', async () => { throw e; }), e);
      await assert.rejects(run('k', caller, 'h', () => assert.fail()), { code: 'CONFLICT', retryable: false });
    }
  });
  it('that cannot be finished or dropped still gets its own answer, and is not run twice', async () => {
    const { run, accounts } = keys();
    accounts.finishIdempotencyKey = accounts.dropIdempotencyKey = async () => { throw new CloudError('DATABASE_UNAVAILABLE', 'gone'); };
    assert.deepEqual(await run('k', caller, 'h', async () => ({ status: 201 })), { status: 201 });
    await assert.rejects(run('l', caller, 'h', async () => { throw new CloudError('WRONG_PHASE', 'no'); }), { code: 'WRONG_PHASE' });
    for (const key of ['k', 'l']) await assert.rejects(run(key, caller, 'h', () => assert.fail()), { code: 'CONFLICT', retryable: false });
  });
  it('is answered again with the address of what was made, however the route wrote the header', async () => {
    const { run } = keys();
    for (const header of ['location', 'Location']) {
      await run(header, caller, 'h', async () => ({ status: 202, headers: { [header]: '/tasks/1' } }));
      assert.equal((await run(header, caller, 'h', () => assert.fail())).headers?.['Location'], '/tasks/1');
    }
  });
  it('whose request is under way, or broke off in a crash, is not run twice', async () => {
    const { run, rows } = keys();
    let end: () => void = () => undefined;
    const first = run('k', caller, 'h', () => new Promise((r) => { end = () => r({ status: 200 }); }));
    await assert.rejects(run('k', caller, 'h', () => assert.fail()), { code: 'CONFLICT', retryable: true });
    end();
    await first;
    rows.set('lost', { key: 'lost', user: 'u', requestHash: 'h', status: 0, location: null, body: null, createdAt: 1 });
    await assert.rejects(run('lost', caller, 'h', () => assert.fail()), { code: 'CONFLICT', retryable: false });
  });
});
