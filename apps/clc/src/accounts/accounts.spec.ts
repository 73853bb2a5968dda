import assert from 'node:assert/strict';
import { CloudError } from '@educloud/errors';
import { randomBytes } from 'node:crypto';
import { createIdempotency } from './idempotency.ts';
import { createPasswords } from './passwords.ts';
import { hashSecret, isSecretOf } from './secrets.ts';
import { createThrottle } from './throttle.ts';
import type { Answer } from '@educloud/rest';
import type { AccountStore, IdempotencyRow, KeyClaim } from '../store/interface.ts';

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
    let time = 1;
    const mine = (c: KeyClaim): IdempotencyRow | undefined => { const row = rows.get(c.key); return row?.createdAt === c.createdAt ? row : undefined; };
    const accounts = {
      claimIdempotencyKey: async (r: IdempotencyRow) => { const there = rows.get(r.key); if (!there) rows.set(r.key, { ...r }); return there ? { ...there } : null; },
      takeOverIdempotencyKey: async (c: KeyClaim, createdAt: number) => { const row = mine(c); if (row?.status === 0) row.createdAt = createdAt; return row?.status === 0; },
      answerIdempotencyKey: async (c: KeyClaim, a: object) => { const row = mine(c); if (row?.status !== 0) return false; Object.assign(row, a); return true; },
      finishIdempotencyKey: async (c: KeyClaim, a: object) => void Object.assign(mine(c) ?? {}, a),
      dropIdempotencyKey: async (c: KeyClaim) => void (mine(c)?.status === 0 && rows.delete(c.key)),
    } as unknown as AccountStore;
    const door = createIdempotency({ accounts, now: () => time, show: async (location) => ({ now: location }) });
    /** An order that commits with its key, then goes wrong or not. */
    const order = (location: string, then: () => Answer) => async (): Promise<Answer & { status: number }> => {
      await door.accepted({ accounts }, { status: 202, location });
      return { status: 202, headers: { location }, ...then() };
    };
    return { rows, accounts, ...door, order, later: (ms: number) => { time += ms; } };
  };
  it('whose first request was refused, or broke off before its order was taken, may be used again', async () => {
    for (const e of [new CloudError('WRONG_PHASE', 'no'), new CloudError('DATABASE_UNAVAILABLE', 'gone'), new Error('bug')]) {
      const { run } = keys();
      await assert.rejects(run('k', caller, 'h', async () => { throw e; }), e);
      assert.deepEqual(await run('k', caller, 'h', async () => ({ status: 201, body: 1 })), { status: 201, body: 1 });
    }
  });
  it('R201: under which an order was taken is answered with that order, whatever became of the first answer', async () => {
    const { run, order, accounts } = keys();
    await assert.rejects(run('k', caller, 'h', order('/tasks/1', () => { throw new CloudError('DATABASE_UNAVAILABLE', 'after the commit'); })), { code: 'DATABASE_UNAVAILABLE' });
    assert.deepEqual(await run('k', caller, 'h', () => assert.fail()), { status: 202, headers: { 'Idempotency-Replayed': 'true', Location: '/tasks/1' }, body: { now: '/tasks/1' } });
    accounts.finishIdempotencyKey = async () => { throw new CloudError('DATABASE_UNAVAILABLE', 'gone'); };
    await run('l', caller, 'h', order('/tasks/2', () => ({ body: 2 })));
    assert.deepEqual((await run('l', caller, 'h', () => assert.fail())).body, { now: '/tasks/2' });
  });
  it('R201: of one who died before the order was taken is taken over; if it was only slow, its order is taken back', async () => {
    const { run, order, rows, later } = keys();
    rows.set('k', { key: 'k', user: 'u', requestHash: 'h', status: 0, location: null, body: null, createdAt: 1 });
    const [old] = [...rows.values()].map((row) => ({ ...row }));
    await assert.rejects(run('k', caller, 'h', () => assert.fail()), { code: 'CONFLICT', retryable: true });
    later(2_000);
    await run('k', caller, 'h', order('/tasks/new', () => ({ body: 'new' })));
    assert.equal(rows.get('k')?.location, '/tasks/new');
    assert.notEqual(rows.get('k')?.createdAt, old?.createdAt);

    const slow = keys();
    let go: () => void = () => undefined;
    const first = slow.run('s', caller, 'h', async () => {
      await new Promise<void>((r) => { go = r; });
      return slow.order('/tasks/slow', () => ({}))();
    });
    await new Promise((r) => setImmediate(r));
    (slow.rows.get('s') as IdempotencyRow).createdAt = 77; // as another process takes it over
    go();
    await assert.rejects(first, { code: 'CONFLICT', retryable: false });
    assert.equal(slow.rows.get('s')?.location, null);
  });
  it('is answered again with the address of what was made, however the route wrote the header', async () => {
    const { run } = keys();
    for (const header of ['location', 'Location']) {
      await run(header, caller, 'h', async () => ({ status: 202, headers: { [header]: '/tasks/1' } }));
      assert.equal((await run(header, caller, 'h', () => assert.fail())).headers?.['Location'], '/tasks/1');
    }
  });
  it('whose request is under way is not run twice, however long it takes', async () => {
    const { run, later } = keys();
    let end: () => void = () => undefined;
    const first = run('k', caller, 'h', () => new Promise((r) => { end = () => r({ status: 200 }); }));
    await new Promise((r) => setImmediate(r));
    later(60_000);
    await assert.rejects(run('k', caller, 'h', () => assert.fail()), { code: 'CONFLICT', retryable: true });
    await assert.rejects(run('k', caller, 'another', () => assert.fail()), { code: 'IDEMPOTENCY_MISMATCH' });
    end();
    await first;
  });
});
