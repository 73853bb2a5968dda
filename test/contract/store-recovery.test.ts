// The database goes away in the middle of work and comes back: the store goes on by itself, and nothing is half done.
import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { hasCode } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { openStore, type Store } from '../../apps/clc/src/store/index.ts';
import { privateMariadb } from '../support/store-databases.ts';
import { imageRow, versionRow } from '../support/store-rows.ts';

async function until(what: string, holds: () => Promise<boolean>, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; !(await holds());) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(20);
  }
}

describe('the store when MariaDB is killed and comes back', function () {
  this.timeout(60_000);
  const mariadb = privateMariadb();
  let url = '';
  const stores: Store[] = [];
  const open = async (waitMs: number): Promise<Store> => {
    const store = await openStore({ url, log: silentLog(), now: Date.now, waitMs });
    stores.push(store);
    return store;
  };
  before(async () => {
    await mariadb.start();
    url = await mariadb.fresh();
  });
  after(async () => {
    await Promise.all(stores.map((s) => s.close().catch(() => undefined)));
    await mariadb.stop();
  });

  it('keeps every answered transaction, shows no half one, and works again without being told', async () => {
    const store = await open(10_000);
    const answered = new Set<string>();
    let next = 0;
    let stop = false;
    const failures: unknown[] = [];
    // Each transaction makes an image, its version and its event: all three or none must be there.
    const worker = async (): Promise<void> => {
      while (!stop) {
        const image = imageRow((next += 1));
        await store.transaction(async (tx) => {
          await tx.images.insertImage(image);
          await tx.events.append('image', image.id, {});
          await tx.images.reserveVersion(versionRow(image.id, { state: 'available' }));
        }).then(() => answered.add(image.id), async (e) => { failures.push(e); await pause(20); });
      }
    };
    const workers = [1, 2, 3, 4].map(worker);
    for (let round = 0; round < 2; round += 1) {
      const before = answered.size;
      await until('work is being done', async () => answered.size > before + 20);
      await mariadb.server().kill('SIGKILL');
      await until('the check says so', async () => hasCode(await store.check(), 'DATABASE_UNAVAILABLE'));
      await mariadb.server().restart();
      const back = answered.size;
      await until('work goes on by itself', async () => answered.size > back + 20);
    }
    stop = true;
    await Promise.all(workers);
    assert.equal(await store.check(), null);
    assert.ok(failures.length > 0, 'nobody noticed');
    for (const e of failures) assert.ok(hasCode(e, 'DATABASE_UNAVAILABLE'), String(e));
    const { items } = await store.read.images.images({ limit: 1_000_000, all: true });
    const there = new Set(items.map((i) => i.id));
    assert.deepEqual([...answered].filter((id) => !there.has(id)), [], 'answered but lost');
    const whole = await store.read.images.images({ limit: 1_000_000 });
    assert.equal(whole.items.length, items.length, 'an image without its version');
    const events = await store.read.events.after(0, 1_000_000);
    assert.deepEqual(new Set(events.map((e) => e.subject)), there);
    assert.deepEqual(events.map((e) => e.id), events.map((_, i) => i + 1));
  });

  it('waits at start for a server that comes later, and gives up in time when none does', async () => {
    await mariadb.server().kill('SIGKILL');
    await assert.rejects(open(300), (e) => hasCode(e, 'DATABASE_UNAVAILABLE') && !String((e as Error).message).includes('educloud:'));
    const opening = open(20_000);
    await mariadb.server().restart();
    assert.equal(await (await opening).check(), null);
  });
});
