import assert from 'node:assert/strict';
import { silentLog } from '@educloud/log';
import type { Lease, LeaseStore } from '../store/interface.ts';
import { createLeadership, LEASE_MS, type Leadership } from './leadership.ts';

/** Time that goes on only when told to, the row of the lease, and controllers whose broker can be taken away. */
function world() {
  let now = 0;
  let timers: Array<{ at: number; run(): void }> = [];
  let row = { holder: null as string | null, epoch: 0, since: 0, expiresAt: 0 };
  let standby = { holder: null as string | null, expiresAt: 0 };
  const leases: LeaseStore = {
    lease: async (): Promise<Lease> => ({ holder: row.holder, epoch: row.epoch, since: row.since, leftMs: row.expiresAt - now, standby: standby.expiresAt > now ? standby.holder : null }),
    async takeLease(holder, ms, own) {
      if (row.expiresAt > now && !(own && row.holder === holder)) return null;
      row = { holder, epoch: row.epoch + 1, since: now, expiresAt: now + ms };
      return row.epoch;
    },
    async renewLease(epoch, ms) {
      if (row.epoch !== epoch) return false;
      row.expiresAt = now + ms;
      return true;
    },
    async releaseLease(epoch) {
      if (row.epoch === epoch) row.expiresAt = 0;
    },
    async standBy(holder, ms) {
      standby = { holder, expiresAt: now + ms };
    },
  };
  const open: Array<{ leadership: Leadership; hasBroker: boolean }> = [];
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 40; i++) await Promise.resolve();
  };
  return {
    epoch: () => row.epoch,
    controller(instanceId: string) {
      const one: { hasBroker: boolean; leads(): boolean; leadership: Leadership } = {
        hasBroker: true,
        leads: () => one.leadership.state().role === 'leader',
        leadership: createLeadership({
          leases, instanceId, monotonic: () => now, now: () => now, random: () => 0.5, log: silentLog(), able: () => one.hasBroker,
          later(ms, run) {
            const timer = { at: now + ms, run };
            timers.push(timer);
            return () => { timers = timers.filter((t) => t !== timer); };
          },
          begin: async () => undefined, end: async () => undefined, released: () => open.forEach((o) => o !== one && o.leadership.poke()),
        }),
      };
      open.push(one);
      return one;
    },
    async pass(ms: number): Promise<void> {
      const end = now + ms;
      for (;;) {
        await settle();
        const next = timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((t) => t !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
      await settle();
    },
    close: () => Promise.all(open.map((o) => o.leadership.close())),
  };
}

describe('leading without a broker', () => {
  const MINUTE = 60_000;
  async function two() {
    const w = world();
    const [a, b] = [w.controller('a'), w.controller('b')] as const;
    await a.leadership.start();
    await b.leadership.start();
    await w.pass(MINUTE);
    assert.deepEqual([a.leads(), b.leads(), w.epoch()], [true, false, 1]);
    return { w, a, b };
  }

  it('R113 gives the lease back to a controller that has one, within 25 s, and does not want it again', async () => {
    const { w, a, b } = await two();
    a.hasBroker = false;
    await w.pass(LEASE_MS - 1000);
    assert.ok(a.leads(), 'a broker that restarts costs nobody the lease');
    await w.pass(11_000);
    assert.deepEqual([a.leads(), b.leads(), w.epoch()], [false, true, 2]);
    await w.pass(10 * MINUTE);
    assert.deepEqual([a.leads(), b.leads(), w.epoch()], [false, true, 2]);
    a.hasBroker = true;
    await w.pass(10 * MINUTE);
    assert.deepEqual([b.leads(), w.epoch()], [true, 2], 'whoever leads goes on leading');
    await w.close();
  });

  it('R113 goes on leading where nobody has one, and when it is back for all at once', async () => {
    const { w, a, b } = await two();
    a.hasBroker = b.hasBroker = false;
    await w.pass(10 * MINUTE);
    assert.deepEqual([a.leads(), w.epoch()], [true, 1]);
    b.hasBroker = true;
    await w.pass(2000);
    a.hasBroker = true;
    await w.pass(MINUTE);
    assert.deepEqual([a.leads(), w.epoch()], [true, 1]);
    await w.close();
  });

  it('R113 changes the epoch once when the other one finds a broker, and not again', async () => {
    const { w, a, b } = await two();
    a.hasBroker = b.hasBroker = false;
    await w.pass(5 * MINUTE);
    b.hasBroker = true;
    await w.pass(30_000);
    assert.deepEqual([b.leads(), w.epoch()], [true, 2]);
    b.hasBroker = false;
    await w.pass(10 * MINUTE);
    assert.deepEqual([b.leads(), w.epoch()], [true, 2]);
    await w.close();
  });

  it('R113 leads all the same when it is alone, also from its start on', async () => {
    const w = world();
    const only = w.controller('only');
    only.hasBroker = false;
    await only.leadership.start();
    assert.ok(only.leads());
    await w.pass(10 * MINUTE);
    assert.deepEqual([only.leads(), w.epoch()], [true, 1]);
    await w.close();
  });

  it('R113 takes the lease without a broker when the one that had a broker is gone', async () => {
    const { w, a, b } = await two();
    b.hasBroker = false;
    await w.pass(MINUTE);
    await a.leadership.close();
    await w.pass(30_000);
    assert.deepEqual([b.leads(), w.epoch()], [true, 2]);
    await w.close();
  });

  it('R113 stands a line that comes and goes every few seconds', async () => {
    const { w, a } = await two();
    for (let i = 0; i < 60; i++) {
      a.hasBroker = !a.hasBroker;
      await w.pass(7000);
    }
    assert.deepEqual([a.leads(), w.epoch()], [true, 1]);
    await w.close();
  });
});
