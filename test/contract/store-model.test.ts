// The parts of the store where the order of askers decides, played through random histories on both databases, with two processes on one.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mayFollow, TRANSITIONS, type Phase, type PhaseState, type TaskState, type VmStatus } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { modelRuns, modelTimeoutMs } from '@educloud/model-runs';
import { openStore, type Store } from '../../apps/clc/src/store/index.ts';
import { privateMariadb, sqliteFiles, type Databases } from '../support/store-databases.ts';
import { daemonRow, hex8, instanceRow, taskRow } from '../support/store-rows.ts';

type Amount = { cpus: number; memoryMiB: number; diskBytes: number };
const amount: fc.Arbitrary<Amount> = fc.record({ cpus: fc.nat(4), memoryMiB: fc.nat(4), diskBytes: fc.nat(4) });
const sum = (amounts: Amount[]): Amount => amounts.reduce((a, b) => ({ cpus: a.cpus + b.cpus, memoryMiB: a.memoryMiB + b.memoryMiB, diskBytes: a.diskBytes + b.diskBytes }), { cpus: 0, memoryMiB: 0, diskBytes: 0 });

const KINDS = ['disk', 'compute'] as const;
type Asker = { do: 'claim' | 'release'; ins: number; kind: (typeof KINDS)[number]; node: number };
const asker: fc.Arbitrary<Asker> = fc.record({ do: fc.constantFrom('claim' as const, 'claim' as const, 'release' as const), ins: fc.nat(5), kind: fc.constantFrom(...KINDS), node: fc.nat(1) });

const PLACES = Object.keys(TRANSITIONS) as PhaseState[];

function storeModel(databases: Databases): void {
  describe(`the store in any history on ${databases.kind}`, function () {
    this.timeout(modelTimeoutMs(180_000));
    let stores: [Store, Store];
    /** Nothing is shared between two histories. */
    let made = 0;
    before(async () => {
      await databases.start();
      const url = await databases.fresh();
      const open = (): Promise<Store> => openStore({ url, log: silentLog(), now: () => 1 });
      stores = [await open(), await open()];
    });
    after(async () => {
      await Promise.all((stores ?? []).map((store) => store.close()));
      await databases.stop();
    });
    const via = (n: number): Store => stores[n % 2] as Store;

    it('never promises more than a node has, nor keeps what was given back, however many ask at once', async () => {
      // Each inner list asks at once; what an instance asks for is the same each time, as in a plan that is done twice.
      await fc.assert(fc.asyncProperty(fc.array(amount, { minLength: 6, maxLength: 6 }), amount, fc.array(fc.array(asker, { minLength: 1, maxLength: 6 }), { maxLength: 6 }), async (wants, room, rounds) => {
        made += 1;
        const nodes = [0, 1].map((n) => daemonRow(made * 2 + n).id);
        const ins = (n: number): string => `ins-${hex8(made * 10 + n)}`;
        const want = (a: Asker): Amount => (a.kind === 'disk' ? { cpus: 0, memoryMiB: 0, diskBytes: wants[a.ins]!.diskBytes } : { ...wants[a.ins]!, diskBytes: 0 });
        const limits = { cpus: room.cpus * 2, memoryMiB: room.memoryMiB * 2, diskBytes: room.diskBytes * 2 };
        for (const node of nodes) await stores[0].transaction((tx) => tx.ledger.setLimits(node, limits));
        const check = async (): Promise<void> => {
          for (const node of nodes) {
            const claims: Amount[] = [];
            for (let i = 0; i < 6; i++) for (const kind of KINDS) if ((await stores[0].read.ledger.claimOf(ins(i), kind))?.ncId === node) claims.push(want({ do: 'claim', ins: i, kind, node: 0 }));
            const usage = await stores[0].read.ledger.usage(node);
            assert.deepEqual(usage?.used, sum(claims), 'what is used is not the sum of the claims');
            assert.ok(usage.used.cpus <= limits.cpus && usage.used.memoryMiB <= limits.memoryMiB && usage.used.diskBytes <= limits.diskBytes, 'more is promised than there is');
          }
        };
        for (const round of rounds) {
          const alone = round.length === 1 ? round[0] : undefined;
          const before = alone ? { held: await stores[0].read.ledger.claimOf(ins(alone.ins), alone.kind), usage: await stores[0].read.ledger.usage(nodes[alone.node]!) } : null;
          const answers = await Promise.all(round.map((a, i) => via(i).transaction((tx) => (a.do === 'claim' ? tx.ledger.claim(ins(a.ins), a.kind, nodes[a.node]!, want(a)) : tx.ledger.release(ins(a.ins), a.kind).then(() => true)))));
          if (alone?.do === 'claim' && before?.usage) {
            const w = want(alone);
            const { used } = before.usage;
            // What is not asked for is not checked.
            const fits = (['cpus', 'memoryMiB', 'diskBytes'] as const).every((k) => w[k] === 0 || used[k] + w[k] <= limits[k]);
            assert.equal(answers[0], before.held ? before.held.ncId === nodes[alone.node] : fits, 'a lonely claim');
          }
          await check();
        }
        for (let i = 0; i < 6; i++) for (const kind of KINDS) await stores[1].transaction((tx) => tx.ledger.release(ins(i), kind));
        for (const node of nodes) assert.deepEqual((await stores[0].read.ledger.usage(node))?.used, { cpus: 0, memoryMiB: 0, diskBytes: 0 });
      }), { numRuns: modelRuns(databases.kind === 'sqlite' ? 40 : 20) });
    });

    it('keeps the word with the highest epoch and number, in whatever order the words come, and however often', async () => {
      const word = fc.record({ epoch: fc.integer({ min: 1, max: 3 }), seq: fc.nat(6) });
      await fc.assert(fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 12 }), fc.boolean(), async (words, atOnce) => {
        const row = instanceRow((made += 1) + 0x10000);
        await stores[0].transaction((tx) => tx.instances.insertInstance(row));
        // What a source says under one number is always the same.
        const said = (w: { epoch: number; seq: number }): VmStatus => (['running', 'stopping', 'stopped'] as const)[(w.epoch * 7 + w.seq) % 3] as VmStatus;
        const apply = (w: { epoch: number; seq: number }, i: number): Promise<boolean> => via(i).transaction((tx) => tx.instances.applyStatus(row.id, w, said(w)));
        let highest = { epoch: 0, seq: 0 };
        const newer = (a: typeof highest, b: typeof highest): boolean => a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq);
        if (atOnce) await Promise.all(words.map(apply));
        for (const [i, w] of words.entries()) {
          const taken = atOnce ? newer(w, highest) : await apply(w, i);
          assert.equal(taken, newer(w, highest));
          if (taken) highest = w;
        }
        const now = await stores[0].read.instances.instance(row.id);
        assert.deepEqual({ epoch: now?.statusEpoch, seq: now?.statusSeq, vmstatus: now?.vmstatus }, { ...highest, vmstatus: said(highest) });
      }), { numRuns: modelRuns(databases.kind === 'sqlite' ? 60 : 30) });
    });

    it('changes a task only as the table says, for one of two who want it at once, and never lowers the progress of a phase', async () => {
      const wish = fc.record({ from: fc.uniqueArray(fc.constantFrom(...PLACES), { minLength: 1, maxLength: 20 }), next: fc.nat(20), wild: fc.option(fc.constantFrom(...PLACES), { freq: 5 }), progress: fc.option(fc.integer({ min: 0, max: 100 })), twice: fc.boolean() });
      await fc.assert(fc.asyncProperty(fc.constantFrom(...PLACES), fc.array(wish, { maxLength: 12 }), async (start, wishes) => {
        const [phase, state] = start.split('/') as [Phase, TaskState];
        const row = taskRow((made += 1) + 0x20000, { phase, state });
        await stores[0].transaction((tx) => tx.tasks.insertTask(row));
        for (const w of wishes) {
          const before = (await stores[0].read.tasks.task(row.tid))!;
          const at: PhaseState = `${before.phase}/${before.state}`;
          const follows = TRANSITIONS[at] ?? [];
          const to = w.wild ?? follows[w.next % Math.max(1, follows.length)];
          const from = w.next % 4 === 0 ? w.from : [at, ...w.from];
          const ask = (i: number): Promise<unknown> => via(i).transaction((tx) => tx.tasks.changeTask(row.tid, from, { ...(to ? { to } : {}), ...(w.progress === null ? {} : { progress: w.progress }) })).catch((e: unknown) => {
            if (hasCode(e, 'WRONG_PHASE')) return 'refused';
            throw e;
          });
          const answers = await Promise.all(w.twice ? [ask(0), ask(1)] : [ask(0)]);
          const after = (await stores[1].read.tasks.task(row.tid))!;
          const now: PhaseState = `${after.phase}/${after.state}`;
          if (!from.includes(at)) assert.deepEqual(answers, answers.map(() => null));
          else if (to && !mayFollow(at, to)) assert.deepEqual(answers, answers.map(() => 'refused'));
          else assert.ok(answers.some((a) => a !== null && a !== 'refused'), `nobody went from ${at} to ${to ?? at}`);
          assert.ok(mayFollow(at, now) || (w.twice && to !== undefined && mayFollow(at, to) && mayFollow(to, now)), `${at} → ${now}`);
          if (after.phase === before.phase) assert.ok(after.progress >= before.progress, `progress ${before.progress} → ${after.progress}`);
          const changes = answers.filter((a) => a !== null && a !== 'refused').length;
          assert.equal(after.rev, before.rev + changes, 'a change nobody asked for, or a lost one');
        }
      }), { numRuns: modelRuns(databases.kind === 'sqlite' ? 60 : 20) });
    });
  });
}

storeModel(sqliteFiles());
storeModel(privateMariadb());
