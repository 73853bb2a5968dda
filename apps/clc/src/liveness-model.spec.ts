import assert from 'node:assert/strict';
import fc from 'fast-check';
import { silentLog } from '@educloud/log';
import { modelRuns, modelTimeoutMs } from '@educloud/model-runs';
import { createLiveness, stateAfter } from './liveness.ts';
import type { DaemonRow, Store, Tx } from './store/interface.ts';

const BEAT_MS = 10_000;
const SWEEP_MS = BEAT_MS / 2;
/** I16: down is shown within this after its time. */
const LATE_MS = 10_000;
const SILENT_MS = 6 * BEAT_MS;

/** What the world does in the next moment, before the watch looks. */
type Moment = { beats: boolean[]; deaf: boolean; sleptMs: number; again: number | null };

const NODES = 6;
const moment: fc.Arbitrary<Moment> = fc.record({
  beats: fc.array(fc.boolean(), { minLength: NODES, maxLength: NODES }), deaf: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  sleptMs: fc.integer({ min: 0, max: 14 }).map((n) => (n === 0 ? 90_000 : 0)), again: fc.option(fc.nat(NODES - 1), { freq: 12 }),
});
/** Nodes fall silent for long stretches, as they do. */
const history = fc.array(fc.tuple(moment, fc.integer({ min: 1, max: 16 })), { minLength: 5, maxLength: 20 });

const row = (n: number): DaemonRow => ({
  id: `nc-${n}`, role: 'nc', name: `n${n}`, url: 'http://x', secretHash: '', epoch: 1, state: 'up', enabled: true, ccId: 'cc-1', facts: {} as never, lastBeatAt: null, registeredAt: 0, createdAt: 0, fencedEpoch: null, draining: false, properties: null, heartbeatMs: null, ownerGroup: null, mac: null,
});

function play() {
  const rows = new Map(Array.from({ length: NODES }, (_, n) => [`nc-${n}`, row(n)]));
  const tx = {
    daemons: {
      daemons: async () => [...rows.values()], daemon: async (id: string) => rows.get(id) ?? null, setLastBeats: async () => undefined,
      setState: async (id: string, epoch: number, from: string[], to: DaemonRow['state']) => {
        const at = rows.get(id);
        if (at?.epoch !== epoch || !from.includes(at.state)) return false;
        at.state = to;
        return true;
      },
    },
    events: { append: async () => undefined },
  } as unknown as Tx;
  const store = { read: tx, transaction: async (work: (t: Tx) => Promise<unknown>) => work(tx) } as unknown as Store;
  const clock = { at: 0, wall: 0, hearing: true };
  const liveness = createLiveness({ store, monotonic: () => clock.at, now: () => clock.wall, heartbeatMs: BEAT_MS, hearing: () => clock.hearing, log: silentLog() });
  return { rows, clock, liveness };
}

describe('liveness in any history', function () {
  this.timeout(modelTimeoutMs(10_000));
  it('shows a silent node down within ten seconds after its time, never one that beats, never for what we ourselves did not hear, and acts on nothing while most are silent', async () => {
    await fc.assert(fc.asyncProperty(history, fc.boolean(), async (moments, clockJumps) => {
      const { rows, clock, liveness } = play();
      await liveness.start();
      /** Silence that counts: time in which we listened. */
      const silent = new Array<number>(NODES).fill(0);
      let seq = 0;
      const last = new Map<number, number>();
      const say = (n: number, number: number, epoch = rows.get(`nc-${n}`)?.epoch ?? 0): void => liveness.beats([{ id: `nc-${n}`, epoch, seq: number, load1: 0, memoryFreeMiB: 1, freeDiskBytes: 1, guests: 0 }], 'cc-1');
      const beat = (n: number): void => {
        say(n, ++seq);
        last.set(n, seq);
        silent[n] = 0;
      };
      /** The same beat once more: it is no sign of life now. */
      const late = (n: number): void => void (last.has(n) && say(n, last.get(n) as number));
      // A clock that is set, by an hour back or forth, kills nobody.
      for (const [m, times] of moments) for (let t = 0; t < times; t++) {
        clock.at += SWEEP_MS + (t === 0 ? m.sleptMs : 0);
        clock.hearing = !m.deaf;
        clock.wall = clock.at + (clockJumps && t % 2 === 0 ? 3_600_000 : clockJumps ? -3_600_000 : 0);
        for (let n = 0; n < NODES; n++) {
          if (!m.deaf && m.beats[n] && (t + n) % 2 === 0) beat(n);
          else if (!m.deaf) {
            silent[n] = (silent[n] as number) + SWEEP_MS;
            if (t % 3 === 0) late(n);
          }
        }
        if (t === 0 && m.again !== null) {
          const again = { ...(rows.get(`nc-${m.again}`) as DaemonRow), state: 'up' as const, epoch: (rows.get(`nc-${m.again}`) as DaemonRow).epoch + 1 };
          rows.set(again.id, again);
          liveness.registered(again);
          silent[m.again] = 0;
          // A beat of the registration before says nothing any more.
          last.delete(m.again);
          say(m.again, seq + 1000, again.epoch - 1);
        }
        await liveness.sweep();
        let notUp = 0;
        for (let n = 0; n < NODES; n++) {
          const { state } = rows.get(`nc-${n}`) as DaemonRow;
          const counts = silent[n] as number;
          if (counts < SILENT_MS) assert.notEqual(state, 'down', `nc-${n} after ${counts} ms of silence`);
          if (counts >= SILENT_MS + LATE_MS) assert.equal(state, 'down', `nc-${n} after ${counts} ms of silence`);
          if (counts === 0) assert.equal(state, 'up', `nc-${n} has just been heard`);
          if (state !== 'up') notUp++;
        }
        if (notUp / NODES >= 0.55) assert.ok(liveness.suspended().suspended, `${notUp} of ${NODES} are silent, and it would be acted upon`);
        if (clock.at < 6 * BEAT_MS) assert.ok(liveness.suspended().suspended, 'acts just after its start');
        if (clock.at >= 6 * BEAT_MS && notUp === 0) assert.ok(!liveness.suspended().suspended, 'is suspended though all are there');
      }
      await liveness.close();
    }), { numRuns: modelRuns(150) });
  });

  it('goes only from up to suspect to down with the length of a silence', () => {
    const order = ['up', 'suspect', 'down'];
    fc.assert(fc.property(fc.nat(200_000), fc.nat(200_000), fc.integer({ min: 100, max: 400_000 }), (a, b, beatMs) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)];
      assert.ok(order.indexOf(stateAfter(less, beatMs)) <= order.indexOf(stateAfter(more, beatMs)));
    }), { numRuns: modelRuns(200) });
  });
});
