import assert from 'node:assert/strict';
import { inWords, type NodeEvent } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import { createLiveness, type Liveness } from './liveness.ts';
import type { DaemonRow, Store, Tx } from './store/interface.ts';

const row = (id: string, more: Partial<DaemonRow> = {}): DaemonRow => ({
  id, role: id.startsWith('cc') ? 'cc' : 'nc', name: id, url: 'http://x', secretHash: '', epoch: 1, state: 'up', enabled: true, ccId: 'cc-1', facts: {} as never, lastBeatAt: null, registeredAt: 0, createdAt: 0, fencedEpoch: null, draining: false, properties: null, heartbeatMs: null, ownerGroup: null, mac: null, ...more,
});

function scene(rows: DaemonRow[]) {
  const table = new Map(rows.map((r) => [r.id, r]));
  const events: string[] = [];
  const tx = {
    daemons: {
      daemons: async () => [...table.values()],
      daemon: async (id: string) => table.get(id) ?? null,
      setState: async (id: string, epoch: number, from: string[], to: DaemonRow['state']) => {
        const at = table.get(id);
        if (at?.epoch !== epoch || !from.includes(at.state)) return false;
        at.state = to;
        return true;
      },
      setLastBeats: async () => undefined,
    },
    events: { append: async (_k: string, _s: string, e: NodeEvent) => void events.push(`${e.id} ${e.state}`) },
  } as unknown as Tx;
  const store = { read: tx, transaction: async (work: (t: Tx) => Promise<unknown>) => work(tx) } as unknown as Store;
  const clock = { at: 0, hearing: true };
  const liveness: Liveness = createLiveness({ store, monotonic: () => clock.at, now: () => clock.at, heartbeatMs: 1000, hearing: () => clock.hearing, log: silentLog() });
  let seq = 0;
  const beat = (id: string, from = id, epoch = 1, n = ++seq): void => liveness.beats([{ id, epoch, seq: n, load1: 0, memoryFreeMiB: 1, freeDiskBytes: 1, guests: 0 }], from);
  /** Time goes by in small steps, as the watch sees it. */
  const pass = async (ms: number, meanwhile: () => void = () => undefined): Promise<void> => {
    for (let gone = 0; gone < ms; gone += 500) {
      clock.at += 500;
      meanwhile();
      await liveness.sweep();
    }
  };
  return { table, events, clock, liveness, beat, pass };
}

describe('liveness', () => {
  it('makes a silent daemon suspect after three beats, down after six, and up again on a beat', async () => {
    const { liveness, pass, events, beat, table } = scene([row('nc-1')]);
    await liveness.start();
    beat('nc-1');
    await pass(2500);
    assert.deepEqual(events, []);
    await pass(500);
    assert.deepEqual(events, ['nc-1 suspect']);
    await pass(3000);
    assert.deepEqual(events, ['nc-1 suspect', 'nc-1 down']);
    beat('nc-1');
    await pass(500);
    assert.equal(table.get('nc-1')?.state, 'up');
    await liveness.close();
  });
  it('R196 brings one up that registers in the moment in which its silence is noticed', async () => {
    for (const here of [true, false]) {
      const { liveness, pass, events, beat, table, clock } = scene([row('nc-1')]);
      await liveness.start();
      beat('nc-1');
      await pass(2500);
      clock.at += 500;
      table.set('nc-1', row('nc-1', { epoch: 2 }));
      const noticed = liveness.sweep();
      if (here) liveness.registered(row('nc-1', { epoch: 2 }));
      await noticed;
      beat('nc-1', 'nc-1', 2);
      assert.equal(liveness.live('nc-1')?.beat?.epoch, 2, 'it is known as it is now, also when it registered at another controller');
      await pass(1500, () => beat('nc-1', 'nc-1', 2));
      // What was decided about its earlier life is neither written nor told.
      assert.deepEqual([table.get('nc-1')?.state, events], ['up', []]);
      await liveness.close();
    }
  });
  it('counts by the beat a host was told, and takes its being switched off for no trouble of ours', async () => {
    const { liveness, pass, events, beat } = scene([row('nc-1', { heartbeatMs: 5_000 }), ...[2, 3, 4, 5].map((n) => row(`nc-${n}`, { heartbeatMs: 5_000 })), row('nc-6')]);
    await liveness.start();
    for (const n of [1, 2, 3, 4, 5]) beat(`nc-${n}`);
    await pass(14_500, () => beat('nc-6'));
    assert.equal(events.length, 0);
    await pass(500, () => beat('nc-6'));
    assert.equal(events.filter((e) => e.endsWith('suspect')).length, 5);
    await pass(15_000, () => beat('nc-6'));
    assert.equal(events.filter((e) => e.endsWith('down')).length, 5);
    assert.equal(liveness.suspended().suspended, false);
    await liveness.close();
  });
  it('gives everybody their full time after our own start, and brings nobody up by it', async () => {
    const { liveness, pass, table } = scene([row('nc-1'), row('nc-2', { state: 'down' })]);
    await liveness.start();
    await pass(2500);
    assert.deepEqual([table.get('nc-1')?.state, table.get('nc-2')?.state], ['up', 'down']);
    assert.ok(liveness.suspended().suspended);
    await liveness.close();
  });
  it('ignores beats of an earlier registration, old ones, and those another cluster sends', async () => {
    const { liveness, beat } = scene([row('nc-1', { epoch: 2 })]);
    await liveness.start();
    beat('nc-1', 'nc-1', 1);
    beat('nc-1', 'cc-2', 2);
    assert.equal(liveness.live('nc-1')?.lastBeatAt, null);
    beat('nc-1', 'cc-1', 2, 50);
    assert.equal(liveness.live('nc-1')?.beat?.seq, 50);
    beat('nc-1', 'cc-1', 2, 49);
    assert.equal(liveness.live('nc-1')?.beat?.seq, 50);
    await liveness.close();
  });
  it('takes its own deafness and its own sleep for nobody’s silence', async () => {
    const { liveness, pass, events, clock, beat } = scene([row('nc-1')]);
    await liveness.start();
    beat('nc-1');
    clock.hearing = false;
    await pass(20_000);
    clock.hearing = true;
    clock.at += 60_000; // the process was stopped
    await liveness.sweep();
    await pass(1000);
    assert.deepEqual(events, []);
    await liveness.close();
  });
  it('shows the silence of most nodes at once, and says that nothing may act on it', async () => {
    const ids = ['nc-1', 'nc-2', 'nc-3', 'nc-4', 'nc-5'];
    const { liveness, pass, beat, events } = scene(ids.map((id) => row(id)));
    await liveness.start();
    await pass(7000, () => ids.forEach((id) => beat(id)));
    assert.equal(liveness.suspended().suspended, false);
    await pass(7000, () => ['nc-1', 'nc-2', 'nc-3'].forEach((id) => beat(id)));
    assert.equal(liveness.suspended().suspended, false);
    await pass(7000, () => ['nc-1', 'nc-2'].forEach((id) => beat(id)));
    assert.match(inWords(liveness.suspended().why, 'en'), /3 of 5/);
    assert.ok(events.includes('nc-3 down'));
    await liveness.close();
  });
  it('starts afresh with a new registration', async () => {
    const { liveness, pass, table } = scene([row('nc-1', { state: 'down' })]);
    await liveness.start();
    const again = { ...row('nc-1', { epoch: 2 }) };
    table.set('nc-1', again);
    liveness.registered(again);
    await pass(2500);
    assert.equal(again.state, 'up');
    await liveness.close();
  });
});
