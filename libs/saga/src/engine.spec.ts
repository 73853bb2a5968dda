import assert from 'node:assert/strict';
import type { CommandBody, Envelope, JobName, TaskStatus, WireError } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import { createSaga } from './engine.ts';
import type { JobDefinition, JobRow, PlanDefinition, PlanRow, Saga } from './interface.ts';
import { createMemorySagaStore, type MemorySagaStore, type MemoryTx } from './memory-store.ts';

interface Notes { events: string[] }
type Tx = MemoryTx<Notes>;
type Jobs = Array<Partial<JobDefinition<Tx, null>> & { name: JobName }>;
const SUBJECT = 'img-00000001:img-00000002:ins-00000003';
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const remote = (name: JobName, more: Partial<JobDefinition<Tx, null>> = {}): Jobs[number] => ({ name, target: () => 'nc-1', params: () => ({ insId: 'ins-1' }), undo: 'remote', deadlineMs: 60_000, ...more });

describe('saga', () => {
  let store: MemorySagaStore<Notes>;
  let published: Envelope[];
  let clock: number;
  let epoch: number;
  let busUp: boolean;
  let saga: Saga<Tx>;
  let open: Array<Saga<Tx>>;
  beforeEach(() => {
    store = createMemorySagaStore<Notes>({ events: [] });
    [published, clock, epoch, busUp, open] = [[], 1_000_000, 1, true, []];
  });
  afterEach(() => Promise.all(open.map((s) => s.close())));

  const define = (name: string, jobs: Jobs): PlanDefinition<Tx, null> => {
    const note = (what: string) => async (tx: Tx): Promise<void> => void tx.state.events.push(what);
    return {
      name, load: async () => null, jobs: jobs.map((j) => ({ deadlineMs: 60_000, ...j })),
      onJobDone: async (tx, _c, job) => void tx.state.events.push(`done ${job.name}`),
      onUnwinding: note('unwinding'), onDone: note('ended well'), onFailed: note('failed'), onStuck: note('stuck'),
    };
  };
  const engine = (jobs: Jobs, generation = 1, answersAreComing = (): boolean => false): Saga<Tx> => {
    saga = createSaga<Tx>({
      store, plans: [define('p', jobs), define('cancel', [remote('discardInstance', { undo: undefined })])], generation, log: quiet, now: () => clock, answersAreComing,
      address: async () => ({ queue: 'cmd.nc-1', epoch }),
      publish: async (_queue, envelope) => (busUp ? void published.push(envelope) : Promise.reject(new CloudError('BUS_UNAVAILABLE', 'down'))),
    });
    open.push(saga);
    return saga;
  };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const start = async (name = 'p'): Promise<PlanRow> => {
    const plan = await store.transaction((tx) => saga.start(tx, { subject: SUBJECT, name, input: null }));
    saga.kick();
    await settle();
    return plan;
  };
  const plan = (): PlanRow => store.rows().plans.at(-1) as PlanRow;
  const job = (index: number): JobRow => store.rows().jobs.find((j) => j.planId === plan().id && j.index === index) as JobRow;
  const answer = async (envelope: Envelope | undefined, outcome: 'done' | WireError, source = 'nc-1'): Promise<void> => {
    assert.ok(envelope, 'nothing was published');
    const body = envelope.body as CommandBody;
    const status: TaskStatus = { jobId: envelope.jobId ?? '', op: body.op, attempt: body.attempt, outcome: outcome === 'done' ? 'done' : 'failed', percent: 0, ...(outcome === 'done' ? { result: { virtualSizeBytes: 1 } } : { error: outcome }) };
    await saga.onStatus(status, { node: source, epoch });
    await settle();
  };
  const later = async (ms: number): Promise<void> => {
    clock += ms;
    await saga.tick();
    await settle();
  };
  const failure = (code: string, retryable: boolean): WireError => ({ code, message: 'broken', retryable });
  const ids = (): string[] => published.map((e) => e.id.slice(SUBJECT.length + 1));

  it('R120: a cancel that got stuck by a wrong clock goes on by itself when the clock is right, one that had its time does not', async () => {
    const hour = 3_600_000;
    engine([{ name: 'releaseCompute', apply: async () => ({}), commit: true }, remote('discardInstance', { undo: undefined, deadlineMs: hour })]);
    clock -= hour;
    await start();
    clock += hour;
    await answer(published[0], failure('EXPIRED', false));
    assert.equal(plan().state, 'stuck');
    for (let second = 0; second < 20; second++) await later(1000);
    assert.deepEqual(ids(), ['1/1:do:1', '1/1:do:2']);
    assert.ok((published[1]?.deadline ?? 0) > clock + hour / 2);

    clock += hour;
    await later(0);
    assert.equal(plan().state, 'stuck');
    clock -= hour / 2; // it was ahead
    for (let second = 0; second < 20; second++) await later(1000);
    assert.equal(plan().state, 'running');
    await answer(published.at(-1), 'done');
    assert.equal(plan().state, 'done');
  });

  it('R120: a cancel that had all its time stays stuck, for somebody to see', async () => {
    engine([{ name: 'releaseCompute', apply: async () => ({}), commit: true }, remote('discardInstance', { undo: undefined })]);
    await start();
    await later(60_000);
    for (let second = 0; second < 40; second++) await later(1000);
    assert.equal(plan().state, 'stuck');
  });

  it('sends the first command as soon as it is committed, with everything the daemon needs', async () => {
    engine([remote('cloneDisk')]);
    await start();
    const [e] = published;
    assert.deepEqual([e?.name, e?.tid, e?.target, e?.deadline, e?.generation], ['image/create/prepare', SUBJECT, { node: 'nc-1', epoch: 1 }, clock + 60_000, 1]);
    assert.deepEqual(e?.body, { job: 'cloneDisk', op: 'do', attempt: 1, plan: 1, params: { insId: 'ins-1' } });
    assert.deepEqual(ids(), ['1/0:do:1']);
    assert.equal(store.rows().outbox.length, 0);
  });

  it('runs its own database jobs at the front inside the transaction of start, and nothing remains when that is rolled back', async () => {
    engine([{ name: 'placeInstance', apply: async (tx) => (tx.state.events.push('placed'), { ccId: 'c', ncId: 'n' }) }, remote('cloneDisk')]);
    await assert.rejects(store.transaction(async (tx) => (await saga.start(tx, { subject: SUBJECT, name: 'p', input: null }), Promise.reject(new Error('no')))));
    assert.deepEqual(store.rows(), { plans: [], jobs: [], outbox: [], state: { events: [] } });
    await start();
    assert.deepEqual(store.rows().state.events, ['placed', 'done placeInstance']);
    assert.equal(job(0).state, 'done');
  });

  it('refuses a second plan of the subject while one is active', async () => {
    engine([remote('cloneDisk')]);
    await start();
    await assert.rejects(start(), (e) => hasCode(e, 'STEP_IN_PROGRESS'));
  });

  it('retries what may succeed, under a new message id, and then goes back in reverse order', async () => {
    engine([remote('cacheImage'), remote('cloneDisk', { retry: { attempts: 2, backoffMs: 1000 } })]);
    await start();
    await answer(published[0], 'done');
    await answer(published[1], failure('TRANSFER_FAILED', true));
    assert.equal(published.length, 2);
    await later(1000);
    await answer(published[2], failure('TRANSFER_FAILED', true));
    await answer(published[3], 'done');
    await answer(published[4], 'done');
    assert.deepEqual(ids(), ['1/0:do:1', '1/1:do:1', '1/1:do:2', '1/1:undo:1', '1/0:undo:1']);
    assert.equal(plan().state, 'failed');
    assert.match(plan().error?.message ?? '', /cloneDisk at nc-1: broken/);
    assert.deepEqual(store.rows().state.events, ['done cacheImage', 'unwinding', 'failed']);
  });

  it('goes back to the feeding job when the fed one fails', async () => {
    engine([remote('cacheImage'), remote('fetchImage', { retryFrom: 'cacheImage' })]);
    await start();
    await answer(published[0], 'done');
    await answer(published[1], failure('TRANSFER_FAILED', true));
    await later(1000);
    await answer(published[2], 'done');
    await answer(published[3], 'done');
    assert.deepEqual(ids(), ['1/0:do:1', '1/1:do:1', '1/0:do:2', '1/1:do:2']);
    assert.equal(plan().state, 'done');
  });

  it('takes back a job that does not answer, and says which daemon it was', async () => {
    engine([remote('cloneDisk')]);
    await start();
    await later(60_000);
    assert.deepEqual([plan().state, plan().error?.code], ['unwinding', 'DEADLINE_EXCEEDED']);
    assert.match(plan().error?.message ?? '', /cloneDisk at nc-1/);
    assert.deepEqual(ids(), ['1/0:do:1', '1/0:undo:1']);
  });

  it('is stuck when an undo fails five times, and goes on when the daemon is back', async () => {
    engine([remote('cloneDisk')]);
    await start();
    await answer(published[0], failure('HYPERVISOR_FAILED', false));
    for (let i = 1; i <= 5; i++) {
      await answer(published[i], failure('HYPERVISOR_FAILED', false));
      await later(30_000);
    }
    assert.deepEqual([plan().state, job(0).state, job(0).error?.code], ['stuck', 'stuck', 'UNDO_FAILED']);
    assert.deepEqual(await store.transaction((tx) => tx.saga.counts()), { outbox: 0, oldestAt: null, active: 0, stuck: 1 });
    await saga.onDaemonRegistered('nc-1');
    await settle();
    await answer(published[6], 'done');
    assert.deepEqual(ids().slice(-1), ['1/0:undo:6']);
    assert.deepEqual([plan().state, plan().error?.code], ['failed', 'HYPERVISOR_FAILED']);
    assert.deepEqual(store.rows().state.events, ['unwinding', 'stuck', 'unwinding', 'failed']);
  });

  it('only goes forward after the commit job, is stuck at the deadline, and can be taken up again', async () => {
    engine([{ name: 'registerVersion', apply: async () => ({}), commit: true }, remote('discardInstance')]);
    await start();
    for (let i = 0; plan().state === 'running' && i < 99; i++) {
      if (job(1).state === 'running') await answer(published.at(-1), failure('HYPERVISOR_FAILED', false));
      await later(5000);
    }
    assert.equal(plan().state, 'stuck');
    assert.ok(published.every((e) => (e.body as CommandBody).op === 'do'));
    await store.transaction((tx) => saga.resumeStuck(tx, SUBJECT));
    saga.kick();
    await settle();
    await answer(published.at(-1), 'done');
    assert.equal(plan().state, 'done');
  });

  it('ignores late and double statuses, and refuses what one daemon says of the job of another', async () => {
    engine([remote('cloneDisk'), remote('startDomain')]);
    await start();
    await assert.rejects(answer(published[0], 'done', 'nc-2'), { code: 'WRONG_NODE' });
    assert.equal(job(0).state, 'running');
    await answer(published[0], 'done');
    const before = store.rows();
    await answer(published[0], 'done');
    await answer(published[0], failure('HYPERVISOR_FAILED', false));
    await saga.onStatus({ jobId: 'nobody/1/0', op: 'do', attempt: 1, outcome: 'done', percent: 0 }, { node: 'nc-1', epoch: 1 });
    assert.deepEqual(store.rows(), before);
  });

  it('addresses a command again under its id when the daemon had registered anew, and counts no failure', async () => {
    engine([remote('cloneDisk', { retry: { attempts: 1, backoffMs: 1 } })]);
    await start();
    epoch = 2;
    await answer(published[0], { ...failure('STALE_EPOCH', true), data: { sentEpoch: 1 } });
    assert.deepEqual(ids(), ['1/0:do:1', '1/0:do:1']);
    assert.equal(published[1]?.target?.epoch, 2);
    await answer(published[1], { ...failure('STALE_EPOCH', true), data: { sentEpoch: 2 } });
    assert.equal(published.length, 2);
    assert.equal(job(0).state, 'running');
    await answer(published[1], 'done');
    assert.equal(plan().state, 'done');
  });

  it('R001 sends a command again when its answer does not come: it may be lost with its queue', async () => {
    engine([remote('cloneDisk', { deadlineMs: 600_000 }), remote('startDomain', { deadlineMs: 600_000 })]);
    await start();
    for (let second = 0; second < 45; second++) await later(1000);
    assert.deepEqual(ids(), ['1/0:do:1', '1/0:do:1', '1/0:do:1']);
    await answer(published.at(-1), 'done');
    await answer(published[0], 'done');
    assert.deepEqual(store.rows().state.events, ['done cloneDisk']);
    assert.deepEqual(ids().slice(3), ['1/1:do:1']);
  });

  it('superseding takes unsent commands back, undoes nothing, and lets the next plan begin at once', async () => {
    engine([remote('cloneDisk')]);
    busUp = false;
    await start();
    const old = await store.transaction(async (tx) => {
      const closed = await saga.supersede(tx, SUBJECT);
      await saga.start(tx, { subject: SUBJECT, name: 'cancel', input: null });
      return closed;
    });
    assert.equal(old?.state, 'cancelled');
    busUp = true;
    for (const end = Date.now() + 1500; published.length === 0 && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 5));
    await settle();
    assert.deepEqual(ids(), ['2/0:do:1']);
    await saga.onStatus({ jobId: `${old?.id}/0`, op: 'do', attempt: 1, outcome: 'done', percent: 0, result: { virtualSizeBytes: 1 } }, { node: 'nc-1', epoch: 1 });
    assert.equal(store.rows().plans[0]?.state, 'cancelled');
  });

  it('R101 sends running commands again after a restart, and leaves what the replaced engine hears for the new one', async () => {
    const first = engine([remote('cloneDisk'), remote('startDomain')]);
    await start();
    const second = engine([remote('cloneDisk'), remote('startDomain')], 2);
    await second.resume();
    await settle();
    assert.deepEqual(ids(), ['1/0:do:1', '1/0:do:1']);
    assert.equal(published[1]?.generation, 2);
    saga = first;
    await assert.rejects(answer(published[0], 'done'), (e) => hasCode(e, 'NOT_READY'));
    assert.equal(job(0).state, 'running');
    saga = second;
    await answer(published[0], 'done');
    assert.equal(job(0).state, 'done');
  });

  it('R102 runs an own job that was quick once, however many looks at its plan were under way', async () => {
    let runs = 0;
    engine([{ name: 'claimCompute', perform: async () => (runs++, {}) }]);
    await store.transaction((tx) => saga.start(tx, { subject: SUBJECT, name: 'p', input: null }));
    for (let i = 0; i < 4; i++) saga.kick();
    await settle();
    assert.equal(plan().state, 'done');
    assert.equal(runs, 1);
  });

  it('runs its own slow job outside the transaction right after the commit, and again after a crash', async () => {
    let runs = 0;
    let release = (): void => undefined;
    const jobs: Jobs = [{ name: 'claimCompute', perform: async (_c, _r, signal) => {
      if (++runs > 1) return {};
      return new Promise((resolve, reject) => { release = () => resolve({}); signal.addEventListener('abort', () => reject(new Error('aborted'))); });
    } }];
    const first = engine(jobs);
    await start();
    assert.equal(runs, 1);
    await first.tick();
    assert.equal(runs, 1);
    await first.close();
    assert.equal(plan().state, 'running');
    await engine(jobs, 2).resume();
    await settle();
    release();
    assert.deepEqual([runs, plan().state], [2, 'done']);
  });

  describe('when nobody led for longer than a deadline', () => {
    let coming: boolean;
    const anHourLater = async (jobs: Jobs): Promise<Envelope | undefined> => {
      engine(jobs);
      await start();
      await saga.close();
      clock += 3_600_000;
      coming = true;
      await engine(jobs, 2, () => coming).resume();
      await settle();
      return published[0];
    };

    it('R112 believes an answer that was given in time, though it comes after the deadline', async () => {
      const sent = await anHourLater([remote('cloneDisk')]);
      await later(5000);
      assert.deepEqual([plan().state, job(0).state], ['running', 'running']);
      await answer(sent, 'done');
      assert.deepEqual([plan().state, ids().filter((id) => id.includes('undo'))], ['done', []]);
    });

    it('R112 asks the daemon again, whose journal knows what was done', async () => {
      await anHourLater([remote('cloneDisk')]);
      assert.deepEqual(ids(), ['1/0:do:1', '1/0:do:1']);
    });

    it('R112 ends what has no answer after a while, and undoes it', async () => {
      const sent = await anHourLater([remote('cloneDisk')]);
      coming = false;
      await later(1000);
      assert.deepEqual([plan().state, plan().error?.code, ids().at(-1)], ['unwinding', 'DEADLINE_EXCEEDED', '1/0:undo:1']);
      await answer(sent, 'done');
      assert.equal(plan().state, 'unwinding');
    });

    it('R112 takes an undo that was done in time as done', async () => {
      engine([remote('cacheImage'), remote('cloneDisk')]);
      await start();
      await answer(published[0], 'done');
      await answer(published[1], failure('INTERNAL', false));
      const undo = published.at(-1);
      await saga.close();
      clock += 3_600_000;
      await engine([remote('cacheImage'), remote('cloneDisk')], 2, () => true).resume();
      await later(5000);
      assert.equal(job(1).state, 'undoing');
      await answer(undo, 'done');
      assert.equal(job(1).state, 'undone');
    });
  });

  it('ends its own slow job at the deadline before it is undone', async () => {
    const order: string[] = [];
    engine([{ name: 'claimCompute', deadlineMs: 1000, undo: async () => void order.push('undone'), perform: (_c, _r, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => setImmediate(() => (order.push('ended'), reject(new Error('aborted')))))) }]);
    await start();
    await later(1000);
    assert.deepEqual(order, ['ended', 'undone']);
    assert.deepEqual([plan().state, plan().error?.code], ['failed', 'DEADLINE_EXCEEDED']);
  });

  it('passes over a job that is not needed this time, and never undoes it', async () => {
    engine([remote('cacheImage', { skip: () => true }), remote('cloneDisk', { retry: { attempts: 1, backoffMs: 1 } })]);
    await start();
    assert.deepEqual([ids(), job(0).state, job(0).result], [['1/1:do:1'], 'done', null]);
    await answer(published[0], failure('DISK_TOOL_FAILED', false));
    await answer(published[1], 'done');
    assert.deepEqual([ids(), plan().state], [['1/1:do:1', '1/1:undo:1'], 'failed']);
  });

  it('goes back when an own database job meets a conflict that will not pass', async () => {
    engine([remote('cloneDisk'), { name: 'registerVersion', apply: async () => Promise.reject(new CloudError('CONFLICT', 'closed', { retryable: false })) }]);
    await start();
    await answer(published[0], 'done');
    await answer(published[1], 'done');
    assert.deepEqual([ids(), plan().state, plan().error?.code], [['1/0:do:1', '1/0:undo:1'], 'failed', 'CONFLICT']);
  });

  it('counts a result of the wrong shape as a failure', async () => {
    engine([remote('flattenDisk')]);
    await start();
    await answer(published[0], 'done');
    assert.deepEqual([plan().state, plan().error?.code], ['unwinding', 'MESSAGE_INVALID']);
  });

  it('waits for a database that is away instead of losing a status', async () => {
    engine([remote('cloneDisk')]);
    await start();
    const { transaction } = store;
    let away = 3;
    store.transaction = (work) => (away-- > 0 ? Promise.reject(new CloudError('DATABASE_UNAVAILABLE', 'away')) : transaction(work));
    await answer(published[0], 'done');
    assert.equal(plan().state, 'done');
  });

  it('does not let a bug in an own job hold the plan for ever', async () => {
    let calls = 0;
    engine([remote('cloneDisk'), { name: 'placeInstance', apply: async () => {
      if (calls++ === 0) throw new CloudError('NO_CAPACITY', 'full');
      throw new TypeError('bug');
    } }]);
    await start();
    await answer(published[0], 'done');
    for (let i = 0; i < 12; i++) await later(1000);
    assert.deepEqual([plan().state, plan().error?.code, job(1).state], ['unwinding', 'INTERNAL', 'failed']);
    assert.deepEqual(ids().slice(-1), ['1/0:undo:1']);
  });

  it('is stuck, and can be resumed, when a hook refuses again and again, even to let it fail', async () => {
    let broken = true;
    const refuse = async (tx: Tx): Promise<void> => {
      if (broken) throw new CloudError('WRONG_PHASE', 'the task is elsewhere');
      tx.state.events.push('hook');
    };
    const definition = { ...define('p', [remote('cloneDisk')]), onUnwinding: refuse, onFailed: refuse };
    saga = createSaga<Tx>({ store, plans: [definition], generation: 1, log: quiet, now: () => clock, address: async () => ({ queue: 'q', epoch }), publish: async (_queue, envelope) => void published.push(envelope) });
    open.push(saga);
    await start();
    for (let i = 0; i < 12; i++) await later(60_000);
    assert.deepEqual([plan().state, plan().error?.code, (await store.transaction((tx) => tx.saga.counts())).stuck], ['stuck', 'WRONG_PHASE', 1]);
    broken = false;
    await store.transaction((tx) => saga.resumeStuck(tx, SUBJECT));
    saga.kick();
    await later(0);
    await answer(published.at(-1), 'done');
    assert.equal(plan().state, 'failed');
  });

  it('refuses definitions that cannot work, at start-up', () => {
    assert.throws(() => engine([{ name: 'placeInstance' }]), /exactly one of/);
    assert.throws(() => engine([remote('cloneDisk'), remote('cloneDisk')]), /twice/);
    assert.throws(() => engine([remote('cloneDisk', { retryFrom: 'fetchImage' })]), /does not come before/);
  });
});
