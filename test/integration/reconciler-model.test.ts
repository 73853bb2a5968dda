// Observed against desired, from any state: whatever the database says and whatever lies on a node, a few rounds lead to where nothing is left to do,
// and nothing of anybody's is touched. And when two hundred nodes come back at once. Real store, engine and reconciler; the nodes are lists.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Envelope, type HeldItem } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import { modelRuns, modelTimeoutMs } from '@educloud/model-runs';
import { startReconciler } from '../../apps/clc/src/reconcile/reconciler.ts';
import { onInstanceStatus } from '../../apps/clc/src/status/instance-status.ts';
import { onInventory } from '../../apps/clc/src/status/inventory.ts';
import type { Store, Tx } from '../../apps/clc/src/store/index.ts';
import { openClcPlans, type ClcPlans } from '../support/clc-plans.ts';
import { daemonRow, hex8, instanceRow, taskRow } from '../support/store-rows.ts';

const NC = daemonRow(1).id;
const GRACE_MS = 1000;

interface Guest { row: 'none' | 'here' | 'elsewhere' | 'nowhere' | 'ended'; at: 'no task' | 'preparing/pending' | 'preparing/failed' | 'preparing/prepared' | 'editing/stopped' | 'editing/running' | 'submitting/submitted'; held: 'no' | 'pins' | 'disk' | 'booted' | 'running' }

const anyGuest: fc.Arbitrary<Guest> = fc.record({
  row: fc.constantFrom('none', 'here', 'elsewhere', 'nowhere', 'ended'),
  at: fc.constantFrom('no task', 'preparing/pending', 'preparing/failed', 'preparing/prepared', 'editing/stopped', 'editing/running', 'submitting/submitted'),
  held: fc.constantFrom('no', 'pins', 'disk', 'booted', 'running'),
});

const insId = (n: number): string => `ins-${hex8(n)}`;
const ofUser = ({ held }: Guest): boolean => held === 'booted' || held === 'running';
/** What has to be there in the end; said in other words than the reconciler's own. */
function belongs(guest: Guest): boolean {
  if (guest.row === 'ended') return false;
  if (ofUser(guest)) return true; // somebody's work, whatever the database says
  if (guest.row !== 'here') return false;
  return guest.at !== 'preparing/pending' && guest.at !== 'preparing/failed';
}

const itemOf = (guest: Guest, n: number): HeldItem => ({ kind: 'instance', name: insId(n), sizeBytes: 1, holds: guest.held === 'pins' ? ['pin'] : ['disk', 'pin'], running: guest.held === 'running', booted: ofUser(guest) });

async function write(tx: Tx, guest: Guest, n: number): Promise<void> {
  if (guest.row === 'none') return;
  const ncId = { here: NC, elsewhere: 'nc-0000beef', nowhere: null, ended: NC }[guest.row];
  const [phase, state] = guest.at.split('/') as ['editing', 'stopped'];
  const task = taskRow(n, { insId: insId(n), ncId });
  if (guest.at !== 'no task') await tx.tasks.insertTask({ ...task, phase, state });
  await tx.instances.insertInstance(instanceRow(n, { tid: guest.at === 'no task' ? null : task.tid, ncId, ccId: 'cc-00000001', firstBootAt: ofUser(guest) ? 5 : null, deletedAt: guest.row === 'ended' ? 9 : null }));
}

describe('the reconciler', function () {
  this.timeout(modelTimeoutMs(60_000));

  it('leads from any state to one where it has nothing left to do, and removes nothing that is needed or may be somebody’s', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyGuest, { maxLength: 14 }), async (guests) => {
      const clc = await openClcPlans();
      let monotonic = 0;
      const reconciler = startReconciler({ store: clc.deps.store, saga: clc.deps.saga, now: clc.deps.now, liveness: { suspended: () => ({ suspended: false, why: { code: 'fits' } }) }, monotonic: () => (monotonic += GRACE_MS), graceMs: GRACE_MS, everyMs: 3_600_000, log: silentLog() });
      try {
        await clc.deps.store.transaction(async (tx) => { for (const [i, guest] of guests.entries()) await write(tx, guest, i + 1); });
        const there = new Map(guests.flatMap((guest, i) => (guest.held === 'no' ? [] : [[insId(i + 1), { guest, n: i + 1 }] as const])));
        const round = async (): Promise<number> => {
          await onInventory(clc.deps, Envelope.parse({ v: 1, id: 'i', name: 'inventory', source: { node: NC, epoch: 1 }, body: { items: [...there.values()].map(({ guest, n }) => itemOf(guest, n)) } }));
          await clc.later(GRACE_MS);
          const begun = await reconciler.round();
          for (const { job, params } of await clc.answerAll()) {
            const name = String(params['name']);
            const doomed = there.get(name);
            assert.equal(job, 'removeFromNode');
            assert.ok(doomed && !belongs(doomed.guest), `${name} is needed: ${JSON.stringify(doomed)}`);
            assert.ok(!ofUser(doomed.guest) || params['evenBooted'] === true, 'a node would not remove it');
            there.delete(name);
          }
          return begun.length;
        };
        let rounds = 0;
        while ((await round()) > 0) assert.ok((rounds += 1) <= 4, 'it does not come to rest');
        assert.deepEqual([...there.keys()].sort(), guests.flatMap((guest, i) => (guest.held !== 'no' && belongs(guest) ? [insId(i + 1)] : [])).sort());
        const before = JSON.stringify(await clc.deps.store.read.orphans.orphans());
        const events = await clc.deps.store.read.events.lastId();
        assert.equal(await round(), 0, 'a second time it did something again');
        assert.deepEqual([JSON.stringify(await clc.deps.store.read.orphans.orphans()), await clc.deps.store.read.events.lastId()], [before, events]);
        // What is left in the list of orphans is what an administrator has to decide about.
        for (const row of await clc.deps.store.read.orphans.orphans()) assert.notEqual(row.kept, null, row.item);
      } finally {
        await reconciler.close();
        await clc.close();
      }
    }), { numRuns: modelRuns(25) });
  });

  describe('when 200 nodes come back at once, each with 50 guests', () => {
    const [NODES, GUESTS] = [200, 50];
    let clc: ClcPlans;
    before(async function () {
      this.timeout(60_000);
      clc = await openClcPlans();
      for (let node = 0; node < NODES; node++) {
        await clc.deps.store.transaction(async (tx) => {
          await tx.daemons.insertDaemon(daemonRow(1000 + node, { state: 'up', epoch: 2 }));
          for (let g = 0; g < GUESTS; g++) {
            const n = 1000 + node * GUESTS + g;
            await tx.tasks.insertTask(taskRow(n, { insId: insId(n), ncId: daemonRow(1000 + node).id, phase: 'editing', state: 'running', vmstatus: 'running' }));
            // Every tenth has not booted: the reconciler has to look at its task too.
            await tx.instances.insertInstance(instanceRow(n, { tid: taskRow(n).tid, ncId: daemonRow(1000 + node).id, vmstatus: 'running', firstBootAt: g % 10 === 0 ? null : 5 }));
          }
        });
      }
    });
    after(() => clc.close());

    /** The store, with every call to the database counted. */
    function counted(store: Store): { store: Store; calls(): number } {
      let calls = 0;
      const count = <T extends object>(target: T): T => new Proxy(target, {
        get(of, key) {
          const value = Reflect.get(of, key) as unknown;
          if (typeof value === 'function') return (...args: unknown[]) => { calls += 1; return (value as (...a: unknown[]) => unknown).apply(of, args); };
          return typeof value === 'object' && value !== null ? count(value) : value;
        },
      });
      const transaction: Store['transaction'] = (work) => store.transaction((tx) => work(count(tx)));
      return { store: { ...store, read: count(store.read), transaction }, calls: () => calls };
    }

    it('asks the database a few times per message, however many guests it tells of, and changes nothing that was right', async () => {
      const { store, calls } = counted(clc.deps.store);
      const guests = (node: number): string[] => Array.from({ length: GUESTS }, (_, g) => insId(1000 + node * GUESTS + g));
      const from = (node: number, name: string, body: unknown): Envelope => Envelope.parse({ v: 1, id: `${name}${node}`, name, seq: 1, source: { node: daemonRow(1000 + node).id, epoch: 2 }, body });
      const events = await store.read.events.lastId();
      const before = calls();
      await Promise.all(Array.from({ length: NODES }, async (_, node) => {
        await onInstanceStatus({ ...clc.deps, store }, from(node, 'insstatus', { full: true, instances: guests(node).map((id) => ({ insId: id, vmstatus: 'running', reason: 'inventory' })) }));
        await onInventory({ ...clc.deps, store }, from(node, 'inventory', { items: guests(node).map((name) => ({ kind: 'instance', name, holds: ['domain', 'disk'], running: true, booted: true })) }));
      }));
      const each = (calls() - before) / NODES;
      assert.ok(each <= 12, `${each} calls for the two messages of a node`);
      assert.equal(await store.read.events.lastId(), events);
      assert.equal((await store.read.instances.instance(insId(1000)))?.statusSeq, 1);
    });
  });
});
