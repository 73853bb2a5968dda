// What every Store promises, whatever database is below. Run by store.test.ts on MariaDB and on SQLite.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { CloudError, hasCode } from '@educloud/errors';
import { BeginImageCreate, GuestHardware, NAMES, OS_HARDWARE, saidOf, type ImageId, say } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import { beginImageCreate } from '../../apps/clc/src/commands/image-create/begin.ts';
import { deleteImage } from '../../apps/clc/src/commands/image-delete.ts';
import { deleteOsType } from '../../apps/clc/src/commands/os-type-delete.ts';
import type { Deps } from '../../apps/clc/src/deps.ts';
import { openStore, type InstanceRow, type Store, type TaskRow, type Tx } from '../../apps/clc/src/store/index.ts';
import type { Databases } from '../support/store-databases.ts';
import { daemonRow, imageRow, instanceRow, jobRow, planRow, taskRow, userInstanceRow, versionRow } from '../support/store-rows.ts';

const MANY = 20;
const times = <T>(n: number, work: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: n }, (_, i) => work(i)));
const trues = (answers: boolean[]): number => answers.filter(Boolean).length;

export function storeContract(title: string, databases: Databases): void {
  describe(title, function () {
    this.timeout(30_000);
    let store: Store;
    let url: string;
    let clock = 1_000_000;
    /** Two processes on one database, as far as the database can tell. */
    let other: Store;
    const open = (): Promise<Store> => openStore({ url, log: silentLog(), now: () => clock });
    const both = (i: number): Store => (i % 2 === 0 ? store : other);
    const at = <T>(i: number, work: (tx: Tx) => Promise<T>): Promise<T> => both(i).transaction(work);

    before(async function () {
      this.timeout(120_000);
      await databases.start();
    });
    after(async function () {
      this.timeout(60_000);
      await databases.stop();
    });
    beforeEach(async () => {
      url = await databases.fresh();
      // At once: both find an empty database and only one may make the tables.
      [store, other] = await Promise.all([open(), open()]);
    });
    afterEach(async () => {
      await Promise.all([store?.close(), other?.close()]);
    });

    describe('transactions', () => {
      it('leave nothing behind when the work throws, and give its error on', async () => {
        const boom = new Error('boom');
        await assert.rejects(store.transaction(async (tx) => {
          await tx.images.insertImage(imageRow(1));
          await tx.events.append('image', 'img-00000001', {});
          throw boom;
        }), boom);
        assert.equal(await store.read.images.image('img-00000001'), null);
        assert.equal(await store.read.events.lastId(), 0);
      });

      it('show the outside nothing before the commit, and everything after it', async () => {
        let seen: unknown = 'not asked';
        let look: Promise<void> = Promise.resolve();
        await store.transaction(async (tx) => {
          await tx.images.insertImage(imageRow(1));
          look = other.read.images.image('img-00000001').then((row) => { seen = row; });
          await look;
        });
        assert.equal(seen, null);
        assert.deepEqual(await store.read.images.image('img-00000001'), imageRow(1));
      });

      it('refuse a read beside the open transaction instead of waiting for themselves', async () => {
        await assert.rejects(store.transaction(async () => { await store.read.images.countImages(); }), (e) => hasCode(e, 'INTERNAL'));
        await assert.rejects(store.transaction(async () => { await store.transaction(async () => 1); }), (e) => hasCode(e, 'INTERNAL'));
        assert.equal(await store.read.images.countImages(), 0);
      });

      it('run again after a lost race', async () => {
        let runs = 0;
        const answer = await store.transaction(async () => {
          runs += 1;
          if (runs < 3) throw new CloudError('CONFLICT', 'somebody was faster');
          return runs;
        });
        assert.equal(answer, 3);
      });

      it('of two that lock the same rows in opposite order both succeed', async () => {
        await store.transaction(async (tx) => { for (const n of [1, 2]) await tx.images.insertImage(imageRow(n)); });
        await times(10, (i) => at(i, async (tx) => {
          for (const n of i % 4 < 2 ? [1, 2] : [2, 1]) await tx.images.updateImage(`img-0000000${n}`, { description: `of ${i}` });
        }));
        const [one, two] = [await store.read.images.image('img-00000001'), await store.read.images.image('img-00000002')];
        assert.equal(one?.description, two?.description);
      });

      it('wake listeners once after the commit of events, and never without one', async () => {
        let woken = 0;
        const off = store.onEvents(() => { woken += 1; });
        await store.transaction(async (tx) => {
          await tx.events.append('node', 'nc-00000001', {});
          await tx.events.append('node', 'nc-00000002', {});
          assert.equal(woken, 0);
        });
        assert.equal(woken, 1);
        await store.transaction(async (tx) => { await tx.images.countImages(); });
        off();
        await store.transaction(async (tx) => { await tx.events.append('node', 'nc-00000001', {}); });
        assert.equal(woken, 1);
      });
    });

    describe('accounts', () => {
      const user = { name: 'anna', role: 'admin' as const, passwordHash: 'h', createdAt: 1, disabled: false };

      it('give a name to one of many that want it, and tell capitals apart', async () => {
        assert.equal(trues(await times(MANY, (i) => both(i).read.accounts.insertUser(user))), 1);
        assert.equal(await store.read.accounts.insertUser({ ...user, name: 'Anna', disabled: true }), true);
        assert.deepEqual(await store.read.accounts.user('anna'), user);
        assert.equal((await store.read.accounts.user('Anna'))?.disabled, true);
        assert.equal(await store.read.accounts.countUsers(), 2);
        assert.deepEqual((await store.read.accounts.users()).map((u) => u.name).sort(), ['Anna', 'anna']);
        // The same value again has matched, too.
        assert.equal(await store.read.accounts.setPasswordHash('anna', 'h'), true);
        assert.equal(await store.read.accounts.setPasswordHash('nobody', 'h'), false);
      });

      it('are deleted with their sessions, but never the last administrator who can log in, whoever is faster', async () => {
        const { accounts } = store.read;
        for (const name of ['anna', 'ben']) await accounts.insertUser({ ...user, name });
        await accounts.insertUser({ ...user, name: 'old', disabled: true });
        await accounts.insertUser({ ...user, name: 'carl', role: 'user' });
        await accounts.insertSession({ idHash: 's', user: 'carl', csrfHash: 'c', createdAt: 1, expiresAt: 9 });
        assert.equal(await accounts.deleteUser('carl'), 'deleted');
        assert.equal(await accounts.session('s'), null);
        assert.equal(await accounts.deleteUser('carl'), 'absent');
        const ends = await times(2, (i) => both(i).read.accounts.deleteUser(['anna', 'ben'][i] as string));
        assert.deepEqual(ends.sort(), ['deleted', 'last-admin']);
      });

      it('forget sessions one by one, of a user, and when they expired', async () => {
        const { accounts } = store.read;
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
        const answers = await times(MANY, (i) => at(i, (tx) => tx.accounts.claimIdempotencyKey({ ...row, requestHash: `r${i}` })));
        assert.equal(answers.filter((a) => a === null).length, 1);
        assert.equal(new Set(answers.filter((a) => a !== null).map((a) => a.requestHash)).size, 1);
        await store.read.accounts.finishIdempotencyKey(row, { status: 202, location: '/x', body: { tid: 't' } });
        const there = await store.read.accounts.claimIdempotencyKey(row);
        assert.deepEqual([there?.status, there?.location, there?.body], [202, '/x', { tid: 't' }]);
        assert.equal(await store.read.accounts.claimIdempotencyKey({ ...row, user: 'ben' }), null);
        await store.read.accounts.dropIdempotencyKey({ ...row, user: 'ben' });
        assert.equal(await store.read.accounts.deleteOldIdempotencyKeys(6), 1);
      });
      it('let an idempotency key be taken over once, and then only its new holder answer, finish or drop it', async () => {
        const old = { key: 'k', user: 'anna', requestHash: 'r', status: 0, location: null, body: null, createdAt: 5 };
        await store.read.accounts.claimIdempotencyKey(old);
        const taken = await times(MANY, (i) => at(i, (tx) => tx.accounts.takeOverIdempotencyKey(old, 10 + i)));
        assert.equal(taken.filter(Boolean).length, 1);
        const mine = { ...old, createdAt: 10 + taken.indexOf(true) };
        await store.read.accounts.dropIdempotencyKey(old);
        assert.equal(await store.transaction((tx) => tx.accounts.answerIdempotencyKey(old, { status: 202, location: '/old' })), false);
        assert.equal(await store.transaction((tx) => tx.accounts.answerIdempotencyKey(mine, { status: 202, location: '/mine' })), true);
        assert.equal(await store.transaction((tx) => tx.accounts.answerIdempotencyKey(mine, { status: 202, location: '/twice' })), false);
        await store.read.accounts.finishIdempotencyKey(old, { status: 500, location: null, body: null });
        await store.read.accounts.dropIdempotencyKey(mine);
        const there = await store.read.accounts.claimIdempotencyKey(old);
        assert.deepEqual([there?.status, there?.location, there?.body], [202, '/mine', null]);
      });
    });

    describe('daemons', () => {
      it('get a new epoch at each registration, all different', async () => {
        assert.equal(await store.read.daemons.insertDaemon(daemonRow(1)), true);
        assert.equal(await store.read.daemons.insertDaemon(daemonRow(2, { name: 'node-1' })), false);
        const { facts } = daemonRow(1);
        const epochs = await times(MANY, (i) => both(i).read.daemons.register('nc-00000001', { url: 'http://n', facts, ccId: 'cc-00000001', now: 7 }));
        assert.deepEqual([...epochs].sort((a, b) => Number(a) - Number(b)), Array.from({ length: MANY }, (_, i) => i + 1));
        assert.equal(await store.read.daemons.register('nc-0000dead', { url: 'http://n', facts, ccId: null, now: 7 }), null);
        const row = await store.read.daemons.daemonByName('nc', 'node-1');
        assert.deepEqual([row?.state, row?.epoch, row?.url, row?.lastBeatAt, row?.facts], ['up', MANY, 'http://n', 7, facts]);
        assert.equal(await store.read.daemons.setFacts('nc-00000001', 3, { ...facts, version: 'old' }), false);
        assert.equal(await store.read.daemons.setFacts('nc-00000001', MANY, { ...facts, version: '2' }), true);
      });

      it('change their state for one of many, and only from a state that was named', async () => {
        await store.read.daemons.insertDaemon(daemonRow(1, { state: 'up' }));
        assert.equal(trues(await times(MANY, (i) => both(i).read.daemons.setState('nc-00000001', ['up'], 'suspect'))), 1);
        assert.equal(await store.read.daemons.setState('nc-00000001', ['up', 'new'], 'down'), false);
        clock += 1;
        assert.equal(await store.read.daemons.setState('nc-00000001', ['suspect', 'down'], 'up'), true);
        assert.equal((await store.read.daemons.daemon('nc-00000001'))?.lastBeatAt, clock);
        assert.equal(await store.read.daemons.setEnabled('nc-00000001', false), true);
        assert.equal((await store.read.daemons.daemon('nc-00000001'))?.enabled, false);
      });

      it('list 500, take 500 beats in one call', async () => {
        await store.transaction(async (tx) => { for (let n = 1; n <= 500; n += 1) await tx.daemons.insertDaemon(daemonRow(n, { ccId: n % 2 ? 'cc-00000001' : 'cc-00000002' })); });
        await Promise.all([store, other].map((s) => s.read.daemons.setLastBeats(Array.from({ length: 500 }, (_, i) => ({ id: daemonRow(i + 1).id, at: 5000 + i })))));
        const before = performance.now();
        const all = await store.read.daemons.daemons({ role: 'nc' });
        const ms = performance.now() - before;
        assert.equal(all.length, 500);
        assert.ok(all.every((d) => d.lastBeatAt === 5000 + Number.parseInt(d.id.slice(3), 16) - 1));
        assert.equal((await store.read.daemons.daemons({ role: 'nc', ccId: 'cc-00000002' })).length, 250);
        assert.ok(ms < 100, `listing took ${ms} ms`);
      });

      it('use a join token once, however many try, and only for its role and name in its time', async () => {
        const token = { hash: 't', role: 'nc' as const, name: 'node-1', expiresAt: 100, usedAt: null, usedBy: null, createdBy: 'admin', createdAt: 1 };
        await store.read.daemons.insertJoinToken(token);
        assert.equal(await store.read.daemons.useJoinToken('t', { role: 'cc', name: 'node-1', now: 50 }), null);
        assert.equal(await store.read.daemons.useJoinToken('t', { role: 'nc', name: 'node-2', now: 50 }), null);
        assert.equal(await store.read.daemons.useJoinToken('t', { role: 'nc', name: 'node-1', now: 100 }), null);
        const used = (await times(MANY, (i) => at(i, (tx) => tx.daemons.useJoinToken('t', { role: 'nc', name: 'node-1', now: 50 })))).filter((t) => t !== null);
        assert.deepEqual(used, [{ ...token, usedAt: 50, usedBy: 'node-1' }]);
      });
    });

    describe('images', () => {
      it('give every version a number of its own, and none twice', async () => {
        await store.read.images.insertImage(imageRow(1));
        const numbers = await times(MANY, (i) => at(i, (tx) => tx.images.reserveVersion(versionRow('img-00000001'))));
        assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: MANY }, (_, i) => i + 1));
        await assert.rejects(store.read.images.reserveVersion(versionRow('img-0000dead')), (e) => hasCode(e, 'NOT_FOUND'));
        assert.deepEqual(await store.read.images.version('img-00000001', 3), { ...versionRow('img-00000001'), version: 3 });
      });

      it('are held by exactly one task', async () => {
        await store.read.images.insertImage(imageRow(1));
        const holders = await times(MANY, async (i) => ((await at(i, (tx) => tx.images.hold('img-00000001', `t${i}`))) ? `t${i}` : null));
        const [holder, ...more] = holders.filter((h) => h !== null);
        assert.deepEqual(more, []);
        assert.equal(await store.read.images.hold('img-00000001', String(holder)), true, 'its own hold again');
        await store.read.images.release('img-00000001', 'somebody else');
        assert.equal((await store.read.images.image('img-00000001'))?.heldBy, holder);
        await store.read.images.release('img-00000001', String(holder));
        assert.equal(await store.read.images.hold('img-00000001', 'next'), true);
      });

      it('are listed page by page, newest first, without deleted and unfinished ones', async () => {
        const { images } = store.read;
        for (let n = 1; n <= 7; n += 1) {
          // Two of the same moment: the id decides.
          await images.insertImage(imageRow(n, { createdAt: 1000 + Math.floor(n / 2) }));
          await images.reserveVersion(versionRow(`img-0000000${n}`, { state: n === 3 ? 'uploading' : 'available' }));
        }
        await images.markDeleted('img-00000002', 5);
        const ids: string[] = [];
        for (let cursor: string | undefined, more = true; more;) {
          const page = await images.images({ limit: 2, cursor });
          ids.push(...page.items.map((i) => i.id));
          cursor = page.next ?? undefined;
          more = page.next !== null;
        }
        assert.deepEqual(ids, [7, 6, 5, 4, 1].map((n) => `img-0000000${n}`));
        assert.equal((await images.images({ limit: 10, all: true })).items.length, 6);
        assert.equal(await images.countImages(), 6);
        await assert.rejects(images.images({ limit: 2, cursor: 'rubbish' }), (e) => hasCode(e, 'BAD_REQUEST'));
        assert.equal(await images.markDeleted('img-00000002', 6), false);
        assert.equal(await images.updateImage('img-00000002', { name: 'x' }), false);
      });

      it('are listed from their first finished version to their last one, also when several are changed side by side', async () => {
        const { images } = store.read;
        const shown = async (): Promise<boolean> => (await images.images({ limit: 10 })).items.length === 1;
        await images.insertImage(imageRow(1));
        for (let n = 1; n <= MANY; n += 1) await images.reserveVersion(versionRow('img-00000001', { state: 'uploading' }));
        const versions = Array.from({ length: MANY }, (_, i) => i + 1);
        assert.equal(await shown(), false);
        await Promise.all(versions.map((v) => both(v).read.images.setVersion('img-00000001', v, ['uploading'], { state: v === 2 ? 'available' : 'refused' })));
        assert.equal(await shown(), true);
        await Promise.all(versions.map((v) => both(v).read.images.setVersion('img-00000001', v, ['refused', 'available'], { state: v === 1 ? 'available' : 'deleting' })));
        assert.equal(await shown(), true);
        await images.relist();
        assert.equal(await shown(), true);
        await images.setVersion('img-00000001', 1, ['available'], { state: 'deleting' });
        assert.equal(await shown(), false);
      });

      it('know their newest available version and who refers to them', async () => {
        const { images, tasks } = store.read;
        for (const n of [1, 2, 3]) await images.insertImage(imageRow(n));
        for (let i = 0; i < 3; i += 1) await images.reserveVersion(versionRow('img-00000001'));
        assert.equal(await images.setVersion('img-00000001', 1, ['reserved'], { state: 'available', sha256: 'a', sizeBytes: 6_000_000_000_000 }), true);
        assert.equal(await images.setVersion('img-00000001', 2, ['reserved', 'uploading'], { state: 'available' }), true);
        assert.equal(await images.setVersion('img-00000001', 2, ['reserved'], { state: 'refused' }), false);
        assert.equal((await images.latestAvailable('img-00000001'))?.version, 2);
        assert.deepEqual([...(await images.latestAvailableOf(['img-00000001', 'img-00000002']))].map(([id, v]) => [id, v.version]), [['img-00000001', 2]]);
        assert.equal((await images.version('img-00000001', 1))?.sizeBytes, 6_000_000_000_000);
        assert.deepEqual(await images.references('img-00000001'), []);
        await tasks.insertTask(taskRow(1));
        await tasks.insertTask(taskRow(9, { srcImageId: 'img-00000001', state: 'cancelled' }));
        assert.deepEqual(await images.references('img-00000001'), [taskRow(1).tid]);
        assert.deepEqual(await images.references('img-00000002'), [taskRow(1).tid], 'as destination');
      });

      it('that are deleted are used by nobody: no lock, no version, no hold', async () => {
        const { images } = store.read;
        await images.insertImage(imageRow(1));
        assert.deepEqual(await images.useImage('img-00000001'), imageRow(1));
        await images.markDeleted('img-00000001', 1);
        assert.equal(await images.useImage('img-00000001'), null);
        assert.equal(await images.hold('img-00000001', 't'), false);
        await assert.rejects(images.reserveVersion(versionRow('img-00000001')), (e) => hasCode(e, 'NOT_FOUND'));
      });

      it('are deleted or begun with, never both', async () => {
        const deps = (on: Store): Deps => ({ store: on, now: () => clock, random: (n: number) => randomBytes(n), saga: { start: async () => null, kick: () => undefined }, limits: { maxVirtualBytes: 1 } }) as unknown as Deps;
        const order = BeginImageCreate.parse({ name: 'mine' });
        for (let n = 1; n <= MANY; n += 1) {
          const id = imageRow(n).id as ImageId;
          await store.read.images.insertImage(imageRow(n));
          await store.read.images.reserveVersion(versionRow(id, { state: 'available', sha256: 'a', sizeBytes: 1, virtualSizeBytes: 1, format: 'qcow2' }));
          const begin = (): Promise<unknown> => beginImageCreate(deps(both(n)), id, order, 'anna');
          const erase = (): Promise<unknown> => deleteImage(deps(both(n + 1)), id);
          const ends = await Promise.allSettled(n % 3 === 0 ? [erase(), begin()] : [begin(), erase()]);
          const deleted = (await store.read.images.image(id))?.deletedAt !== null;
          const used = (await store.read.images.references(id)).length > 0;
          assert.equal(deleted !== used, true, `image ${n}: deleted ${deleted}, used ${used}`);
          assert.equal(ends.filter((end) => end.status === 'fulfilled').length, 1);
        }
      });
    });

    describe('VM types', () => {
      const vmType = (name: string, set: object = {}) => ({ name, memoryMiB: 1024, cpus: 2, diskGiB: 20, description: 'für 教室', rev: 1, createdAt: 5, updatedAt: 5, ...set });

      it('that come with the cloud are there, smallest first, each with words in both languages', async () => {
        const shipped = await store.read.vmTypes.vmTypes();
        assert.deepEqual(shipped.map((row) => row.name), ['tiny', 'small', 'medium', 'desktop', 'large', 'xlarge']);
        for (const { name, description } of shipped) assert.ok(saidOf(description), name);
      });

      it('give a name to one of many that want it', async () => {
        assert.equal(trues(await times(MANY, (i) => at(i, (tx) => tx.vmTypes.insertVmType(vmType('course', { cpus: i + 1 }))))), 1);
        assert.equal(await store.read.vmTypes.vmType('Course'), null);
      });

      it('change for one of many that saw the same revision', async () => {
        await store.transaction((tx) => tx.vmTypes.insertVmType(vmType('course')));
        assert.equal(trues(await times(MANY, (i) => at(i, (tx) => tx.vmTypes.updateVmType('course', 1, { cpus: i + 1, updatedAt: 9 })))), 1);
        const row = await store.read.vmTypes.vmType('course');
        assert.deepEqual([row?.rev, row?.updatedAt, row?.createdAt, row?.description], [2, 9, 5, 'für 教室']);
        assert.equal(await store.read.vmTypes.deleteVmType('course', 1), false);
        assert.equal(trues(await times(MANY, (i) => both(i).read.vmTypes.deleteVmType('course', 2))), 1);
        assert.equal(await store.read.vmTypes.vmType('course'), null);
      });

      it('are kept by many that use them at once, and not deleted meanwhile', async () => {
        await store.transaction((tx) => tx.vmTypes.insertVmType(vmType('course')));
        let used = 0;
        await Promise.all([
          ...Array.from({ length: MANY }, (_, i) => at(i, async (tx) => { if (await tx.vmTypes.useVmType('course')) { used += 1; assert.ok(await tx.vmTypes.vmType('course')); } })),
          at(1, (tx) => tx.vmTypes.deleteVmType('course', 1)),
        ]);
        assert.ok(used >= 0 && used <= MANY);
        assert.equal(await store.read.vmTypes.useVmType('course'), null);
      });
    });

    describe('OS types', () => {
      it('that come with the cloud are there, each with words in both languages and a VM type there is; the first three as they always were', async () => {
        const shipped = await store.read.osTypes.osTypes();
        assert.deepEqual(shipped.map((row) => row.name).sort(), ['linux', 'linux-desktop', 'other', 'windows', 'windows-desktop', 'windows-legacy']);
        for (const row of shipped) {
          assert.ok(saidOf(row.title) ?? /^(Linux|Windows)$/.test(row.title), row.title);
          assert.ok(row.name in NAMES.ostype, row.name);
          assert.ok(await store.read.vmTypes.vmType(row.defaultVmType), row.defaultVmType);
        }
        for (const [name, hardware] of Object.entries(OS_HARDWARE)) assert.deepEqual(GuestHardware.parse(await store.read.osTypes.osType(name)), hardware);
        const defaults = await Promise.all(['linux', 'windows', 'other'].map(async (name) => store.read.vmTypes.vmType((await store.read.osTypes.osType(name))!.defaultVmType)));
        assert.deepEqual(defaults.map((size) => [size?.memoryMiB, size?.cpus]), [[512, 1], [4096, 2], [1024, 1]]);
      });

      it('are given once, change for one of many, and know who has them', async () => {
        const row = { ...OS_HARDWARE.other, name: 'bsd', title: '教室 BSD', defaultVmType: 'tiny', rev: 1, createdAt: 5, updatedAt: 5 };
        assert.equal(trues(await times(MANY, (i) => at(i, (tx) => tx.osTypes.insertOsType(row)))), 1);
        assert.equal(trues(await times(MANY, (i) => at(i, (tx) => tx.osTypes.updateOsType('bsd', 1, { localtime: true, updatedAt: 6 })))), 1);
        assert.deepEqual(await store.read.osTypes.osType('bsd'), { ...row, localtime: true, rev: 2, updatedAt: 6 });
        assert.deepEqual(await store.read.osTypes.osTypesWithDefault('tiny'), ['bsd']);
        await store.transaction(async (tx) => {
          await tx.images.insertImage(imageRow(2, { ostype: 'bsd' }));
          await tx.images.insertImage(imageRow(1, { ostype: 'bsd' }));
          await tx.images.insertImage(imageRow(3, { ostype: 'bsd', deletedAt: 1 }));
        });
        assert.deepEqual(await store.read.images.imagesOfType('bsd'), ['img-00000001', 'img-00000002']);
      });

      it('are taken by an image or deleted, never both', async () => {
        for (let n = 1; n <= 10; n++) {
          const name = `os-${n}`;
          await store.transaction((tx) => tx.osTypes.insertOsType({ ...OS_HARDWARE.other, name, title: name, defaultVmType: 'tiny', rev: 1, createdAt: 5, updatedAt: 5 }));
          const deps = { store: other, now: () => clock } as unknown as Deps;
          await Promise.allSettled([
            store.transaction(async (tx) => { if (await tx.osTypes.useOsType(name)) await tx.images.insertImage(imageRow(n, { ostype: name })); }),
            deleteOsType(deps, name, null),
          ]);
          const [there, images] = [await store.read.osTypes.osType(name), await store.read.images.imagesOfType(name)];
          assert.equal(there !== null, images.length > 0, `${name}: ${there ? 'there' : 'gone'}, ${images.length} images`);
        }
      });
    });

    describe('instances and the ledger', () => {
      it('apply a status only if it is newer, whatever order they come in', async () => {
        await store.read.instances.insertInstance(instanceRow(1, { ncId: 'nc-00000001' }));
        const states = ['init', 'running', 'stopping', 'stopped'] as const;
        await times(MANY, (i) => both(i).read.instances.applyStatus('ins-00000001', { epoch: 1 + Math.floor(i / 10), seq: (i * 7) % 10 }, states[i % 4] ?? 'init'));
        const row = await store.read.instances.instance('ins-00000001');
        assert.deepEqual([row?.statusEpoch, row?.statusSeq], [2, 9]);
        assert.equal(await store.read.instances.applyStatus('ins-00000001', { epoch: 2, seq: 9 }, 'init'), false);
        assert.equal(await store.read.instances.applyStatus('ins-00000001', { epoch: 1, seq: 99 }, 'init'), false);
        assert.equal(await store.read.instances.updateInstance('ins-00000001', { deletedAt: 1 }), true);
        assert.deepEqual(await store.read.instances.instancesAt('nc-00000001'), []);
      });

      it('list those of a node among 5,000 quickly', async () => {
        await store.transaction(async (tx) => { for (let n = 1; n <= 5000; n += 1) await tx.instances.insertInstance(instanceRow(n, { ncId: `nc-0000${String(n % 100).padStart(4, '0')}` })); });
        const before = performance.now();
        const some = await store.read.instances.instancesAt('nc-00000042');
        const ms = performance.now() - before;
        assert.equal(some.length, 50);
        assert.ok(ms < 50, `listing took ${ms} ms`);
      });

      it('promise a node to exactly as many as fit', async () => {
        await store.read.ledger.setLimits('nc-00000001', { cpus: 10, memoryMiB: 100_000, diskBytes: 10 ** 15 });
        const one = { cpus: 1, memoryMiB: 512, diskBytes: 0 };
        const won = await times(MANY, (i) => at(i, (tx) => tx.ledger.claim(`ins-${i}`, 'compute', 'nc-00000001', one)));
        assert.equal(trues(won), 10);
        assert.deepEqual((await store.read.ledger.usage('nc-00000001'))?.used, { cpus: 10, memoryMiB: 5120, diskBytes: 0 });
        const winner = `ins-${won.indexOf(true)}`;
        assert.equal(await store.read.ledger.claim(winner, 'compute', 'nc-00000001', one), true, 'its own claim again, though the node is full');
        assert.equal(await store.read.ledger.claim('ins-x', 'disk', 'nc-00000001', { cpus: 0, memoryMiB: 0, diskBytes: 5 }), true, 'the disk is not full');
        await times(MANY, (i) => at(i, (tx) => tx.ledger.release(winner, 'compute')));
        assert.deepEqual((await store.read.ledger.usage('nc-00000001'))?.used, { cpus: 9, memoryMiB: 4608, diskBytes: 5 });
        assert.equal(await store.read.ledger.claimOf(winner, 'compute'), null);
      });

      it('make one claim of many equal ones, and keep it when the limits change', async () => {
        await store.read.ledger.setLimits('nc-00000001', { cpus: 100, memoryMiB: 100, diskBytes: 100 });
        const won = await times(MANY, (i) => at(i, (tx) => tx.ledger.claim('ins-1', 'compute', 'nc-00000001', { cpus: 3, memoryMiB: 3, diskBytes: 0 })));
        assert.equal(trues(won), MANY);
        await store.read.ledger.setLimits('nc-00000001', { cpus: 1, memoryMiB: 1, diskBytes: 1 });
        assert.deepEqual(await store.read.ledger.usage('nc-00000001'), { limits: { cpus: 1, memoryMiB: 1, diskBytes: 1 }, used: { cpus: 3, memoryMiB: 3, diskBytes: 0 } });
        assert.deepEqual(await store.read.ledger.claimOf('ins-1', 'compute'), { ncId: 'nc-00000001' });
        assert.equal(await store.read.ledger.claim('ins-1', 'compute', 'nc-0000dead', { cpus: 1, memoryMiB: 1, diskBytes: 0 }), false);
        assert.equal(await store.read.ledger.usage('nc-0000dead'), null);
      });
    });

    describe('instances that people defined', () => {
      const insert = (...rows: Array<ReturnType<typeof userInstanceRow>>): Promise<void> => store.transaction(async (tx) => { for (const row of rows) await tx.userInstances.insertUserInstance(row); });

      it('are read as they were written', async () => {
        const row = userInstanceRow(1, { error: { code: 'NO_CAPACITY', message: 'none', retryable: true }, definition: { diskGiB: 20, node: 'nc-00000001', cluster: null, highAvailability: true, scale: { min: 1, max: 3 } }, pinnedVersion: 2, madeFrom: 2, startedAt: 5 });
        await insert(row);
        assert.deepEqual(await store.read.userInstances.userInstance(row.id), row);
        assert.deepEqual(await store.read.userInstances.userInstancesByIds([row.id, 'ins-0000dead']), [row]);
        assert.equal(await store.read.userInstances.userInstance('ins-0000dead'), null);
      });
      it('change from the stand that was meant, once, with one event for each change', async () => {
        await insert(userInstanceRow(1));
        const answers = await times(MANY, (i) => at(i, (tx) => tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'initialized/scheduling', progress: i })));
        assert.equal(answers.filter(Boolean).length, 1);
        const now = await store.read.userInstances.userInstance('ins-00000001');
        assert.deepEqual([now?.vmState, now?.taskState, now?.rev], ['initialized', 'scheduling', 2]);
        const events = (await store.read.events.after(0, 100)).filter((event) => event.kind === 'instance');
        assert.deepEqual(events.map((event) => (event.payload as { status: string }).status), ['DEFINED', 'BUILD']);
      });
      it('go nowhere the table does not know, and then nothing is written', async () => {
        await insert(userInstanceRow(1));
        await assert.rejects(store.transaction((tx) => tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'active/-' })), (e) => hasCode(e, 'WRONG_STATE'));
        assert.equal((await store.read.userInstances.userInstance('ins-00000001'))?.rev, 1);
        assert.equal(await store.read.events.lastId(), 1);
      });
      it('are listed by owner, state, kind, image and node, newest first, page by page', async () => {
        await insert(...[1, 2, 3, 4, 5].map((n) => userInstanceRow(n, { owner: n === 3 ? 'ben' : 'anna', kind: n === 4 ? 'vs' : 'rvd', imageId: `img-0000000${n === 5 ? 2 : 1}` })));
        await store.transaction(async (tx) => {
          await tx.instances.insertInstance(instanceRow(2, { ncId: 'nc-00000009' }));
          await tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'deleted/-', deletedAt: 7 });
        });
        const ids = async (filter: Parameters<Tx['userInstances']['userInstances']>[0]): Promise<number[]> => (await store.read.userInstances.userInstances(filter)).items.map((row) => parseInt(row.id.slice(4), 16));
        assert.deepEqual(await ids({ limit: 10 }), [5, 4, 3, 2]);
        assert.deepEqual(await ids({ limit: 10, owner: 'ben' }), [3]);
        assert.deepEqual(await ids({ limit: 10, kind: 'vs' }), [4]);
        assert.deepEqual(await ids({ limit: 10, image: 'img-00000002' }), [5]);
        assert.deepEqual(await ids({ limit: 10, node: 'nc-00000009' }), [2]);
        assert.deepEqual(await ids({ limit: 10, status: 'DELETED' }), [1]);
        const first = await store.read.userInstances.userInstances({ limit: 3 });
        assert.deepEqual(await ids({ limit: 3, cursor: first.next ?? '' }), [2]);
      });
      it('are forgotten long after they were deleted, with their runtime row, and no other', async () => {
        await insert(userInstanceRow(1), userInstanceRow(2));
        await store.transaction(async (tx) => {
          for (const n of [1, 2]) await tx.instances.insertInstance(instanceRow(n, { purpose: 'run' }));
          await tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'deleted/-', deletedAt: 7 });
        });
        assert.equal(await store.transaction((tx) => tx.history.forgetInstances(7, 10)), 0);
        assert.equal(await store.transaction((tx) => tx.history.forgetInstances(8, 10)), 1);
        assert.deepEqual((await store.read.userInstances.userInstancesByIds(['ins-00000001', 'ins-00000002'])).map((row) => row.id), ['ins-00000002']);
        assert.deepEqual((await store.read.instances.instancesByIds(['ins-00000001', 'ins-00000002'])).map((row) => row.id), ['ins-00000002']);
      });
      it('are references of their image until they are deleted', async () => {
        await insert(userInstanceRow(1));
        assert.deepEqual(await store.read.images.references('img-00000001'), ['ins-00000001']);
        await store.transaction((tx) => tx.userInstances.changeUserInstance('ins-00000001', ['initialized/-'], { to: 'deleted/-', deletedAt: 7 }));
        assert.deepEqual(await store.read.images.references('img-00000001'), []);
      });
    });

    describe('tasks', () => {
      const { tid } = taskRow(1);

      it('go only where the table of transitions allows', async () => {
        await store.read.tasks.insertTask(taskRow(1));
        await assert.rejects(store.transaction((tx) => tx.tasks.changeTask(tid, ['preparing/pending'], { to: 'submitted/submitted' })), (e) => hasCode(e, 'WRONG_PHASE'));
        assert.equal(await store.read.tasks.changeTask(tid, ['editing/running'], { to: 'editing/stopping' }), null);
        assert.equal(await store.read.tasks.changeTask('no such', ['preparing/pending'], { message: say('deleted') }), null);
        assert.deepEqual(await store.read.tasks.task(tid), taskRow(1));
        assert.equal(await store.read.events.lastId(), 1, 'the event of the insert');
      });

      it('tell each state they pass within a transaction, and progress once', async () => {
        await store.read.tasks.insertTask(taskRow(1, { state: 'downloading' }));
        await store.transaction(async (tx) => {
          for (const progress of [10, 20, 30]) await tx.tasks.changeTask(tid, ['preparing/downloading'], { progress });
          await tx.tasks.changeTask(tid, ['preparing/downloading'], { to: 'preparing/cloning' });
          await tx.tasks.changeTask(tid, ['preparing/cloning'], { to: 'preparing/prepared' });
        });
        const told = (await store.read.events.after(1, 10)).map(({ payload }) => payload as { state: string; progress: number });
        assert.deepEqual(told.map(({ state, progress }) => [state, progress]), [['cloning', 30], ['prepared', 30]]);
      });

      it('change for one of many at once', async () => {
        await store.read.tasks.insertTask(taskRow(1));
        const changed = await times(MANY, (i) => at(i, (tx) => tx.tasks.changeTask(tid, ['preparing/pending'], { to: 'preparing/downloading', message: say('text', { text: `${i}` }) })));
        const [row, ...more] = changed.filter((t) => t !== null);
        assert.deepEqual(more, []);
        assert.deepEqual(await store.read.tasks.task(tid), row);
        assert.equal(row?.rev, 2);
      });

      it('never lose progress within a phase, and begin again in the next', async () => {
        await store.read.tasks.insertTask(taskRow(1, { state: 'downloading' }));
        await times(MANY, (i) => at(i, (tx) => tx.tasks.changeTask(tid, ['preparing/downloading'], { progress: (i * 7) % 20 })));
        assert.deepEqual([(await store.read.tasks.task(tid))?.progress, (await store.read.tasks.task(tid))?.rev], [19, 1 + MANY]);
        assert.equal((await store.read.tasks.changeTask(tid, ['preparing/downloading'], { to: 'preparing/prepared', progress: 100 }))?.progress, 100);
        assert.equal((await store.read.tasks.changeTask(tid, ['preparing/prepared'], { to: 'editing/booting' }))?.progress, 0);
      });

      it('write their event in the same transaction', async () => {
        await store.read.tasks.insertTask(taskRow(1));
        clock += 5;
        const error = { code: 'DISK_FULL', message: 'no room', retryable: true, data: { missingBytes: 5 } };
        await store.transaction((tx) => tx.tasks.changeTask(tid, ['preparing/pending'], { to: 'preparing/failed', error, message: say('text', { text: 'bad' }), failedStep: 'prepare', kept: { what: 'a', where: 'b', until: 'c' } }));
        const [, event] = await store.read.events.after(0, 10);
        assert.deepEqual(event, { id: 2, kind: 'task', subject: tid, at: clock, payload: { tid, phase: 'preparing', state: 'failed', progress: 0, vmstatus: 'init', message: 'bad', said: { code: 'text', args: { text: 'bad' } }, errormsg: 'no room', at: clock } });
        await assert.rejects(store.transaction(async (tx) => {
          await tx.tasks.changeTask(tid, ['preparing/failed'], { to: 'preparing/pending', error: null });
          throw new Error('no');
        }));
        assert.deepEqual((await store.read.tasks.task(tid))?.error, error);
        assert.equal(await store.read.events.lastId(), 2);
        assert.equal((await store.transaction((tx) => tx.tasks.changeTask(tid, ['preparing/failed'], { to: 'preparing/pending', error: null })))?.error, null);
        assert.equal((await store.read.tasks.task(tid))?.error, null);
      });

      it('are listed by page, owner and whether they still go on', async () => {
        for (let n = 1; n <= 6; n += 1) await store.read.tasks.insertTask(taskRow(n * 2, { owner: n % 2 ? 'anna' : 'ben', state: n === 6 ? 'cancelled' : n === 5 ? 'stuck' : 'pending' }));
        const names = async (page: Parameters<typeof store.read.tasks.tasks>[0]): Promise<string[]> => (await store.read.tasks.tasks(page)).items.map((t) => t.name);
        assert.deepEqual(await names({ limit: 10 }), [12, 10, 8, 6, 4, 2].map((n) => `build ${n}`));
        assert.deepEqual(await names({ limit: 10, owner: 'ben', active: true }), ['build 8', 'build 4']);
        assert.deepEqual(await names({ limit: 10, active: false }), ['build 12']);
        const first = await store.read.tasks.tasks({ limit: 2, owner: 'anna' });
        assert.deepEqual(await names({ limit: 2, owner: 'anna', cursor: first.next ?? '' }), ['build 2']);
        assert.deepEqual(await store.read.tasks.counts(), { active: 5, stuck: 1 });
      });
    });

    describe('events', () => {
      it('come in order and without loss while many transactions write, some of them slow and some undone', async () => {
        let written = 0;
        let writing = true;
        const seen: number[] = [];
        const writers = times(12, async (w) => {
          for (let n = 0; n < 8; n += 1) {
            await at(w, async (tx) => {
              await tx.events.append('node', `w${w}`, { n });
              await new Promise((resolve) => setImmediate(resolve));
              await tx.events.append('node', `w${w}`, { n: n + 0.5 });
              if (n === 3) throw new Error('undone');
            }).then(() => { written += 2; }, () => undefined);
          }
        }).then(() => { writing = false; });
        const reader = (async () => {
          // What a listener does: always from the last number it has seen.
          for (let last = 0, again = true; again;) {
            again = writing;
            const page = await other.read.events.after(last, 7);
            seen.push(...page.map((e) => e.id));
            last = page.at(-1)?.id ?? last;
            if (page.length > 0) again = true;
          }
        })();
        await Promise.all([writers, reader]);
        assert.equal(written, 12 * 7 * 2);
        assert.deepEqual(seen, Array.from({ length: written }, (_, i) => i + 1));
        assert.equal(await store.read.events.lastId(), written);
      });

      it('are trimmed by age, and their numbers go on', async () => {
        await store.read.events.append('image', 'a', { old: true });
        clock += 1000;
        await store.read.events.append('image', 'b', null);
        assert.equal(await store.read.events.trim(clock), 1);
        assert.deepEqual(await store.read.events.after(0, 5), [{ id: 2, kind: 'image', subject: 'b', payload: null, at: clock }]);
      });
    });

    describe('history', () => {
      const DAY = 86_400_000;
      const [LONG_AGO, NOW] = [DAY, 400 * DAY];
      const BEFORE = NOW - 365 * DAY;
      const ended = (n: number, set: Partial<TaskRow> = {}): TaskRow => taskRow(n, { phase: 'submitted', state: 'submitted', createdAt: LONG_AGO, updatedAt: LONG_AGO, ...set });
      async function task(row: TaskRow, { plan = 'done', instance = {} }: { plan?: 'done' | 'stuck'; instance?: Partial<InstanceRow> } = {}): Promise<void> {
        await store.transaction(async (tx) => {
          const of = planRow(row.tid, 1, { state: plan, startedAt: LONG_AGO, endedAt: plan === 'done' ? LONG_AGO : null });
          await tx.tasks.insertTask(row);
          await tx.instances.insertInstance(instanceRow(Number.parseInt(row.insId.slice(4), 16), { tid: row.tid, deletedAt: LONG_AGO, ...instance }));
          await tx.saga.insertPlan(of, [jobRow(of.id, 0), jobRow(of.id, 1)]);
        });
      }
      const there = async (row: TaskRow): Promise<boolean[]> => [
        (await store.read.tasks.task(row.tid)) !== null, (await store.read.instances.instance(row.insId)) !== null, (await store.read.saga.plansOf(row.tid)).length > 0, (await store.read.saga.jobs(`${row.tid}/1`)).length > 0,
      ];

      it('R111 forgets tasks that ended long ago with all that belongs to them, a few at a time', async () => {
        const old = [1, 2, 3].map((n) => ended(n * 10));
        for (const row of old) await task(row);
        assert.deepEqual([await store.read.history.forgetTasks(BEFORE, 2), await store.read.history.forgetTasks(BEFORE, 2), await store.read.history.forgetTasks(BEFORE, 2)], [2, 1, 0]);
        for (const row of old) assert.deepEqual(await there(row), [false, false, false, false]);
      });

      it('R111 keeps what ended lately, what has not ended, what is stuck, and what has an instance that lives', async () => {
        const kept: Array<[TaskRow, Parameters<typeof task>[1]?]> = [
          [ended(10, { updatedAt: BEFORE + 1 })], [ended(20, { phase: 'editing', state: 'stopped' })], [ended(30, { phase: 'preparing', state: 'failed' })],
          [ended(40), { plan: 'stuck' }], [ended(50), { instance: { deletedAt: null } }],
        ];
        for (const [row, how] of kept) await task(row, how);
        assert.equal(await store.read.history.forgetTasks(BEFORE, 100), 0);
        for (const [row] of kept) assert.deepEqual(await there(row), [true, true, true, true]);
      });

      it('R111 forgets deleted images only when no task and no version names them any more', async () => {
        await store.transaction(async (tx) => {
          // 2 is what 4 stands on, 3 is named by a task, 4 is there, 5 was deleted lately.
          for (const [n, deletedAt] of [[1, LONG_AGO], [2, LONG_AGO], [3, LONG_AGO], [4, null], [5, BEFORE + 1]] as const) {
            const { id } = imageRow(n);
            await tx.images.insertImage(imageRow(n));
            await tx.images.reserveVersion(versionRow(id, deletedAt === null ? { parentImageId: imageRow(2).id, parentVersion: 1, state: 'available' } : { state: 'deleted' }));
            if (deletedAt !== null) await tx.images.markDeleted(id, deletedAt);
          }
        });
        await task(ended(3, { srcImageId: imageRow(3).id, dstImageId: imageRow(4).id, updatedAt: BEFORE + 1 }));
        const left = async (): Promise<string[]> => (await Promise.all([1, 2, 3, 4, 5].map(async (n) => ((await store.read.images.image(imageRow(n).id)) ? [String(n)] : [])))).flat();
        assert.equal(await store.read.history.forgetImages(BEFORE, 100), 1);
        assert.deepEqual(await left(), ['2', '3', '4', '5']);
      });

      it('R111 forgets plans of what is no task, and leaves those of tasks to them', async () => {
        await task(ended(10, { updatedAt: BEFORE + 1 }));
        await store.transaction(async (tx) => {
          for (const [seq, set] of [[1, { state: 'done', endedAt: LONG_AGO }], [2, { state: 'done', endedAt: NOW }], [3, { state: 'running' }]] as const) {
            const plan = planRow('nc-00000007', seq, { startedAt: LONG_AGO, ...set });
            await tx.saga.insertPlan(plan, [jobRow(plan.id, 0)]);
          }
        });
        assert.equal(await store.read.history.forgetPlans(BEFORE, 100), 1);
        assert.deepEqual((await store.read.saga.plansOf('nc-00000007')).map((plan) => plan.seq), [2, 3]);
        assert.deepEqual(await there(ended(10)), [true, true, true, true]);
      });
    });

    describe('settings', () => {
      it('keep the first value of many that are offered', async () => {
        const got = await times(MANY, (i) => both(i).read.settings.getOrInsert('ticketKey', `v${i}`));
        assert.equal(new Set(got).size, 1);
        assert.equal(await store.read.settings.get('ticketKey'), got[0]);
        assert.equal(await store.read.settings.get('other'), null);
      });
    });

    describe('plans, jobs and the outbox', () => {
      const subject = taskRow(1).tid;
      const row = (id: string, body: unknown = null) => ({ id, queue: 'cmd.nc.1', createdAt: clock, envelope: { v: 1 as const, id, name: 'x', tid: null, jobId: null, target: null, source: null, generation: 0, seq: 0, deadline: null, trail: [], body } });
      const start = (seq: number, jobs = 2) => (tx: Tx): Promise<void> => {
        const plan = planRow(subject, seq);
        return tx.saga.insertPlan(plan, Array.from({ length: jobs }, (_, i) => jobRow(plan.id, i)));
      };

      it('let a task have one active plan, however many are started at once', async () => {
        const started = await times(MANY, (i) => at(i, async (tx) => {
          if (await tx.saga.activePlan(subject)) return false;
          await start((await tx.saga.lastSeq(subject)) + 1)(tx);
          return true;
        }));
        assert.equal(trues(started), 1);
        await assert.rejects(store.transaction(start(7)), (e) => hasCode(e, 'CONFLICT'));
        assert.equal((await store.read.saga.plansOf(subject)).length, 1);
        await store.transaction(async (tx) => {
          assert.equal(await tx.saga.updatePlan(`${subject}/1`, 1, { state: 'cancelled', endedAt: 9 }), true);
          await start(2, 0)(tx);
        });
        assert.equal((await store.read.saga.activePlan(subject))?.seq, 2);
        assert.deepEqual((await store.read.saga.plansOf(subject)).map((p) => [p.seq, p.state]), [[1, 'cancelled'], [2, 'running']]);
      });

      it('change for the one who has read the present revision', async () => {
        await store.transaction(start(1));
        const plan = `${subject}/1`;
        assert.equal(trues(await times(MANY, (i) => both(i).read.saga.updatePlan(plan, 1, { generation: 5 }))), 1);
        assert.equal(trues(await times(MANY, (i) => both(i).read.saga.updateJob(`${plan}/0`, 1, { state: 'running', attempt: 1, params: { a: ['ü'] }, deadlineAt: 50 }))), 1);
        assert.deepEqual(await store.read.saga.job(`${plan}/0`), jobRow(plan, 0, { state: 'running', attempt: 1, rev: 2, params: { a: ['ü'] }, deadlineAt: 50 }));
        assert.deepEqual(await store.read.saga.plan(plan), planRow(subject, 1, { generation: 5, rev: 2 }));
        assert.deepEqual((await store.read.saga.jobs(plan)).map((j) => j.index), [0, 1]);
      });

      it('change many times within a transaction, are seen as they are by whatever it asks next, and stand there in full after its commit', async () => {
        const plan = `${subject}/1`;
        await store.read.tasks.insertTask(taskRow(1));
        await store.transaction(async (tx) => {
          await start(1)(tx);
          assert.equal(await tx.saga.updateJob(`${plan}/0`, 1, { state: 'running', attempt: 1, deadlineAt: 50, target: 'nc-1' }), true);
          assert.deepEqual(await tx.saga.plansAtDaemon('nc-1'), [plan]);
          assert.equal(await tx.saga.updateJob(`${plan}/0`, 1, { state: 'failed' }), false, 'somebody in this very transaction was faster');
          assert.equal(await tx.saga.updateJob(`${plan}/0`, 2, { state: 'done', result: { a: 1 }, deadlineAt: null }), true);
        });
        assert.deepEqual(await store.read.saga.jobs(plan), [jobRow(plan, 0, { state: 'done', attempt: 1, rev: 3, result: { a: 1 }, target: 'nc-1' }), jobRow(plan, 1)]);
        await store.transaction(async (tx) => {
          assert.equal((await tx.saga.plan(plan))?.rev, 1);
          assert.equal(await tx.saga.updatePlan(plan, 1, { generation: 5 }), true);
          assert.equal(await tx.saga.updatePlan(plan, 2, { state: 'done', endedAt: 9 }), true);
          assert.equal(await tx.saga.activePlan(subject), null);
          await start(2, 0)(tx);
          await tx.saga.enqueue(row('m1'));
          assert.deepEqual((await tx.saga.outbox(5)).map((each) => each.id), ['m1']);
          await tx.saga.removeFromOutbox('m1');
          assert.ok(await tx.tasks.changeTask(subject, ['preparing/pending'], { to: 'preparing/failed' }));
          assert.ok(await tx.tasks.changeTask(subject, ['preparing/failed'], { to: 'preparing/deleted' }));
          assert.deepEqual((await tx.tasks.tasks({ limit: 5 })).items, [], 'no list shows a deleted one');
          assert.deepEqual((await tx.tasks.tasksOf([subject])).map((each) => each.rev), [3]);
        });
        assert.deepEqual(await store.read.saga.plan(plan), planRow(subject, 1, { generation: 5, state: 'done', endedAt: 9, rev: 3 }));
        assert.equal((await store.read.saga.activePlan(subject))?.seq, 2);
        assert.deepEqual([(await store.read.tasks.task(subject))?.state, (await store.read.saga.outbox(5)).length], ['deleted', 0]);
      });

      it('find what is due, active, and at a daemon', async () => {
        const plans = [1, 2, 3, 4].map((n) => planRow(`s${n}`, 1, { startedAt: 100 - n, state: n === 4 ? 'done' : n === 3 ? 'stuck' : n === 2 ? 'unwinding' : 'running' }));
        const jobs = [{ deadlineAt: 50 }, { notBefore: 50, state: 'undoing' as const }, { deadlineAt: 1, state: 'stuck' as const }, { deadlineAt: 1, state: 'done' as const }];
        await store.transaction(async (tx) => { for (const [i, plan] of plans.entries()) await tx.saga.insertPlan(plan, [jobRow(plan.id, 0, jobs[i])]); });
        assert.deepEqual(await store.read.saga.duePlans(49, 10), []);
        assert.deepEqual(await store.read.saga.duePlans(50, 10), ['s2/1', 's1/1']);
        assert.deepEqual(await store.read.saga.duePlans(50, 1), ['s2/1']);
        assert.deepEqual(await store.read.saga.activePlans(), ['s2/1', 's1/1']);
        assert.deepEqual(await store.read.saga.plansAtDaemon('nc-00000001'), ['s3/1', 's2/1']);
        assert.deepEqual(await store.read.saga.unanswered(), []);
        assert.equal(await store.read.saga.updateJob('s2/1/0', 1, { deadlineAt: 70 }), true);
        assert.deepEqual((await store.read.saga.unanswered()).map((j) => [j.id, j.state]), [['s2/1/0', 'undoing']]);
        assert.deepEqual(await store.read.saga.counts(), { active: 2, stuck: 1, outbox: 0, oldestAt: null });
        assert.equal(await store.read.saga.lastSeq('nobody'), 0);
      });

      it('send messages in the order in which they were enqueued, each id once', async () => {
        await store.transaction(async (tx) => { for (const id of ['c', 'a', 'b']) await tx.saga.enqueue(row(id)); });
        await store.read.saga.enqueue(row('a', { again: true }));
        const out = await store.read.saga.outbox(10);
        assert.deepEqual(out.map((o) => o.id), ['c', 'a', 'b']);
        assert.deepEqual(out[1], row('a', { again: true }));
        assert.deepEqual(await store.read.saga.counts(), { active: 0, stuck: 0, outbox: 3, oldestAt: clock });
        await store.read.saga.removeFromOutbox('c');
        assert.deepEqual((await store.read.saga.outbox(1)).map((o) => o.id), ['a']);
      });
    });

    describe('the lease of the leader', () => {
      it('tells who could lead as long as he said, whoever said it last, and leaves the lease alone', async () => {
        assert.equal((await store.read.leases.lease()).standby, null);
        await times(MANY, (i) => both(i).read.leases.standBy(`clc-${i}`, HOLD_MS));
        assert.match((await store.read.leases.lease()).standby ?? '', /^clc-/);
        await other.read.leases.standBy('clc-b', HOLD_MS);
        assert.deepEqual(await store.read.leases.lease().then(({ holder, epoch, standby }) => [holder, epoch, standby]), [null, 0, 'clc-b']);
        assert.equal(await store.read.leases.takeLease('clc-a', HOLD_MS, false), 1);
        await other.read.leases.standBy('clc-b', 0);
        assert.deepEqual(await store.read.leases.lease().then(({ holder, standby }) => [holder, standby]), ['clc-a', null]);
      });

      const HOLD_MS = 60_000;
      const leading = (epoch: number, refusals: string[] = [], valid = () => true): Store => store.fenced({ epoch, valid, refused: (by) => void refusals.push(by) });

      it('is taken by one of many, each time under a higher epoch, and again at once by an earlier self or when it was given back', async () => {
        const taken = await times(MANY, (i) => both(i).read.leases.takeLease(`clc-${i}`, HOLD_MS, false));
        assert.deepEqual(taken.filter((epoch) => epoch !== null), [1]);
        const { holder, epoch, leftMs } = await other.read.leases.lease();
        assert.deepEqual([holder, epoch], [`clc-${taken.indexOf(1)}`, 1]);
        assert.ok(leftMs > HOLD_MS / 2 && leftMs <= HOLD_MS, `${leftMs} ms left`);
        assert.equal(await other.read.leases.takeLease('another', HOLD_MS, true), null);
        assert.equal(await other.read.leases.takeLease(holder ?? '', HOLD_MS, true), 2);
        assert.deepEqual([await store.read.leases.renewLease(1, HOLD_MS), await store.read.leases.renewLease(2, HOLD_MS)], [false, true]);
        await store.read.leases.releaseLease(1);
        assert.equal(await store.read.leases.takeLease('another', HOLD_MS, false), null);
        await store.read.leases.releaseLease(2);
        assert.equal(await store.read.leases.takeLease('another', HOLD_MS, false), 3);
      });

      it('keeps out the changes of a leader that was replaced and does not know it, in a transaction and outside of one', async () => {
        const epoch = (await store.read.leases.takeLease('old', HOLD_MS, false)) ?? 0;
        const refusals: string[] = [];
        const stale = leading(epoch, refusals);
        await stale.transaction((tx) => tx.images.insertImage(imageRow(1)));
        await other.read.leases.releaseLease(epoch);
        const next = (await other.read.leases.takeLease('new', HOLD_MS, false)) ?? 0;
        await assert.rejects(stale.transaction((tx) => tx.images.insertImage(imageRow(2))), (e) => hasCode(e, 'NOT_READY'));
        await assert.rejects(stale.read.images.insertImage(imageRow(2)), (e) => hasCode(e, 'NOT_READY'));
        assert.deepEqual(refusals, ['database', 'database']);
        assert.equal((await stale.read.images.image('img-00000001'))?.id, 'img-00000001', 'it may still read');
        assert.equal(await store.read.images.image('img-00000002'), null);
        await leading(next).transaction((tx) => tx.images.insertImage(imageRow(2)));
        assert.equal((await store.read.images.image('img-00000002'))?.id, 'img-00000002');
      });

      it('is not taken while a change of its holder is on its way', async () => {
        const epoch = (await store.read.leases.takeLease('old', 0, false)) ?? 0;
        const order: string[] = [];
        let changed = (): void => undefined;
        const inside = new Promise<void>((resolve) => { changed = resolve; });
        let taking: Promise<number | null> | undefined;
        await leading(epoch).transaction(async (tx) => {
          await tx.images.insertImage(imageRow(1));
          taking = other.read.leases.takeLease('new', HOLD_MS, false).finally(() => order.push('taken'));
          setTimeout(changed, 300);
          await inside;
          order.push('changed');
        });
        assert.equal(await taking, epoch + 1);
        assert.deepEqual(order, ['changed', 'taken']);
      });

      it('refuses changes by the clock of its holder without asking the database', async () => {
        const epoch = (await store.read.leases.takeLease('old', HOLD_MS, false)) ?? 0;
        const refusals: string[] = [];
        await assert.rejects(leading(epoch, refusals, () => false).transaction((tx) => tx.images.insertImage(imageRow(1))), (e) => hasCode(e, 'NOT_READY'));
        assert.deepEqual(refusals, ['clock']);
      });
    });
  });
}
