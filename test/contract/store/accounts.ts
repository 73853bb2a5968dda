// Contract of the store: Users, sessions and Idempotency-Keys.
import { strict as assert } from 'node:assert';
import { MANY, times, trues, type StoreScene } from './scene.ts';

export function accountsContract(scene: StoreScene): void {
  describe('accounts', () => {
    const user = { name: 'anna', role: 'admin' as const, passwordHash: 'h', createdAt: 1, disabled: false };

    it('give a name to one of many that want it, and tell capitals apart', async () => {
      assert.equal(trues(await times(MANY, (i) => scene.both(i).read.accounts.insertUser(user))), 1);
      assert.equal(await scene.store.read.accounts.insertUser({ ...user, name: 'Anna', disabled: true }), true);
      assert.deepEqual(await scene.store.read.accounts.user('anna'), user);
      assert.equal((await scene.store.read.accounts.user('Anna'))?.disabled, true);
      assert.equal(await scene.store.read.accounts.countUsers(), 2);
      assert.deepEqual((await scene.store.read.accounts.users()).map((u) => u.name).sort(), ['Anna', 'anna']);
      // The same value again has matched, too.
      assert.equal(await scene.store.read.accounts.setPasswordHash('anna', 'h'), true);
      assert.equal(await scene.store.read.accounts.setPasswordHash('nobody', 'h'), false);
    });

    it('are deleted with their sessions, but never the last administrator who can log in, whoever is faster', async () => {
      const { accounts } = scene.store.read;
      for (const name of ['anna', 'ben']) await accounts.insertUser({ ...user, name });
      await accounts.insertUser({ ...user, name: 'old', disabled: true });
      await accounts.insertUser({ ...user, name: 'carl', role: 'user' });
      await accounts.insertSession({ idHash: 's', user: 'carl', csrfHash: 'c', createdAt: 1, expiresAt: 9 });
      assert.equal(await accounts.deleteUser('carl'), 'deleted');
      assert.equal(await accounts.session('s'), null);
      assert.equal(await accounts.deleteUser('carl'), 'absent');
      const ends = await times(2, (i) => scene.both(i).read.accounts.deleteUser(['anna', 'ben'][i] as string));
      assert.deepEqual(ends.sort(), ['deleted', 'last-admin']);
    });

    it('forget sessions one by one, of a user, and when they expired', async () => {
      const { accounts } = scene.store.read;
      for (const [n, expiresAt] of [[1, 100], [2, 200], [3, 300]] as const) await accounts.insertSession({ idHash: `s${n}`, user: n === 3 ? 'ben' : 'anna', csrfHash: 'c', createdAt: 1, expiresAt });
      assert.equal(await accounts.deleteExpiredSessions(100), 1);
      assert.equal(await accounts.session('s1'), null);
      await accounts.deleteSessionsOf('anna');
      assert.equal(await accounts.session('s2'), null);
      assert.equal((await accounts.session('s3'))?.user, 'ben');
      await accounts.deleteSession('s3');
      assert.equal(await accounts.session('s3'), null);
    });

    it('let one of many claim an idempotency key, and show the others its row', async () => {
      const row = { key: 'k', user: 'anna', requestHash: 'r', status: 0, location: null, body: null, createdAt: 5 };
      const answers = await times(MANY, (i) => scene.at(i, (tx) => tx.accounts.claimIdempotencyKey({ ...row, requestHash: `r${i}` })));
      assert.equal(answers.filter((a) => a === null).length, 1);
      assert.equal(new Set(answers.filter((a) => a !== null).map((a) => a.requestHash)).size, 1);
      await scene.store.read.accounts.finishIdempotencyKey(row, { status: 202, location: '/x', body: { tid: 't' } });
      const there = await scene.store.read.accounts.claimIdempotencyKey(row);
      assert.deepEqual([there?.status, there?.location, there?.body], [202, '/x', { tid: 't' }]);
      assert.equal(await scene.store.read.accounts.claimIdempotencyKey({ ...row, user: 'ben' }), null);
      await scene.store.read.accounts.dropIdempotencyKey({ ...row, user: 'ben' });
      assert.equal(await scene.store.read.accounts.deleteOldIdempotencyKeys(6), 1);
    });
    it('let an idempotency key be taken over once, and then only its new holder answer, finish or drop it', async () => {
      const old = { key: 'k', user: 'anna', requestHash: 'r', status: 0, location: null, body: null, createdAt: 5 };
      await scene.store.read.accounts.claimIdempotencyKey(old);
      const taken = await times(MANY, (i) => scene.at(i, (tx) => tx.accounts.takeOverIdempotencyKey(old, 10 + i)));
      assert.equal(taken.filter(Boolean).length, 1);
      const mine = { ...old, createdAt: 10 + taken.indexOf(true) };
      await scene.store.read.accounts.dropIdempotencyKey(old);
      assert.equal(await scene.store.transaction((tx) => tx.accounts.answerIdempotencyKey(old, { status: 202, location: '/old' })), false);
      assert.equal(await scene.store.transaction((tx) => tx.accounts.answerIdempotencyKey(mine, { status: 202, location: '/mine' })), true);
      assert.equal(await scene.store.transaction((tx) => tx.accounts.answerIdempotencyKey(mine, { status: 202, location: '/twice' })), false);
      await scene.store.read.accounts.finishIdempotencyKey(old, { status: 500, location: null, body: null });
      await scene.store.read.accounts.dropIdempotencyKey(mine);
      const there = await scene.store.read.accounts.claimIdempotencyKey(old);
      assert.deepEqual([there?.status, there?.location, there?.body], [202, '/mine', null]);
    });
  });
}
