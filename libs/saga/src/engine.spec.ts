import assert from 'node:assert/strict';
import { hasCode } from '@educloud/errors';
import { EngineScene, failure, remote, settle, SUBJECT } from './engine-scene.ts';

describe('the saga engine', () => {
  let s: EngineScene;
  beforeEach(() => { s = new EngineScene(); });
  afterEach(() => s.close());

  it('sends the first command as soon as it is committed, with everything the daemon needs', async () => {
    s.engine([remote('cloneDisk')]);
    await s.start();
    const [e] = s.published;
    assert.deepEqual([e?.name, e?.tid, e?.target, e?.deadline, e?.generation], ['image/create/prepare', SUBJECT, { node: 'nc-1', epoch: 1 }, s.clock + 60_000, 1]);
    assert.deepEqual(e?.body, { job: 'cloneDisk', op: 'do', attempt: 1, plan: 1, params: { insId: 'ins-1' } });
    assert.deepEqual(s.ids(), ['1/0:do:1']);
    assert.equal(s.store.rows().outbox.length, 0);
  });

  it('runs its own database jobs at the front inside the transaction of start, and nothing remains when that is rolled back', async () => {
    s.engine([{ name: 'placeInstance', apply: async (tx) => (tx.state.events.push('placed'), { ccId: 'c', ncId: 'n' }) }, remote('cloneDisk')]);
    await assert.rejects(s.store.transaction(async (tx) => (await s.saga.start(tx, { subject: SUBJECT, name: 'p', input: null }), Promise.reject(new Error('no')))));
    assert.deepEqual(s.store.rows(), { plans: [], jobs: [], outbox: [], state: { events: [] } });
    await s.start();
    assert.deepEqual(s.events(), ['placed', 'done placeInstance']);
    assert.equal(s.job(0).state, 'done');
  });

  it('refuses a second plan of the subject while one is active', async () => {
    s.engine([remote('cloneDisk')]);
    await s.start();
    await assert.rejects(s.start(), (e) => hasCode(e, 'STEP_IN_PROGRESS'));
  });

  it('ignores late and double statuses, and refuses what one daemon says of the job of another', async () => {
    s.engine([remote('cloneDisk'), remote('startDomain')]);
    await s.start();
    await assert.rejects(s.answer(s.published[0], 'done', 'nc-2'), { code: 'WRONG_NODE' });
    assert.equal(s.job(0).state, 'running');
    await s.answer(s.published[0], 'done');
    const before = s.store.rows();
    await s.answer(s.published[0], 'done');
    await s.answer(s.published[0], failure('HYPERVISOR_FAILED', false));
    await s.saga.onStatus({ jobId: 'nobody/1/0', op: 'do', attempt: 1, outcome: 'done', percent: 0 }, { node: 'nc-1', epoch: 1 });
    assert.deepEqual(s.store.rows(), before);
  });

  it('superseding takes unsent commands back, undoes nothing, and lets the next plan begin at once', async () => {
    s.engine([remote('cloneDisk')]);
    s.busUp = false;
    await s.start();
    const old = await s.store.transaction(async (tx) => {
      const closed = await s.saga.supersede(tx, SUBJECT);
      await s.saga.start(tx, { subject: SUBJECT, name: 'cancel', input: null });
      return closed;
    });
    assert.equal(old?.state, 'cancelled');
    s.busUp = true;
    for (const end = Date.now() + 8000; s.published.length === 0 && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 5));
    await settle();
    assert.deepEqual(s.ids(), ['2/0:do:1']);
    await s.saga.onStatus({ jobId: `${old?.id}/0`, op: 'do', attempt: 1, outcome: 'done', percent: 0, result: { virtualSizeBytes: 1 } }, { node: 'nc-1', epoch: 1 });
    assert.equal(s.store.rows().plans[0]?.state, 'cancelled');
  });

  it('R102 runs an own job that was quick once, however many looks at its plan were under way', async () => {
    let runs = 0;
    s.engine([{ name: 'claimCompute', perform: async () => (runs++, {}) }]);
    await s.store.transaction((tx) => s.saga.start(tx, { subject: SUBJECT, name: 'p', input: null }));
    for (let i = 0; i < 4; i++) s.saga.kick();
    await settle();
    assert.equal(s.plan().state, 'done');
    assert.equal(runs, 1);
  });

  it('looks once at each of many plans that are begun side by side, and not again when its own job has ended', async () => {
    const seen: string[] = [];
    const transaction = s.store.transaction.bind(s.store);
    s.store.transaction = (work) => transaction((tx) => work({ ...tx, saga: { ...tx.saga, plan: (id) => (seen.push(id), tx.saga.plan(id)) } }));
    s.engine([{ name: 'claimCompute', perform: async () => ({}) }]);
    await Promise.all(Array.from({ length: 8 }, async (_, n) => {
      await s.store.transaction((tx) => s.saga.start(tx, { subject: `${SUBJECT}${n}`, name: 'p', input: null }));
      s.saga.kick();
    }));
    await settle();
    await settle();
    assert.deepEqual([...new Set(s.store.rows().plans.map((plan) => plan.state))], ['done']);
    // Once to find the job, once to note its end.
    assert.equal(seen.length, 2 * 8);
  });

  it('passes over a job that is not needed this time, and never undoes it', async () => {
    s.engine([remote('cacheImage', { skip: () => true }), remote('cloneDisk', { retry: { attempts: 1, backoffMs: 1 } })]);
    await s.start();
    assert.deepEqual([s.ids(), s.job(0).state, s.job(0).result], [['1/1:do:1'], 'done', null]);
    await s.answer(s.published[0], failure('DISK_TOOL_FAILED', false));
    await s.answer(s.published[1], 'done');
    assert.deepEqual([s.ids(), s.plan().state], [['1/1:do:1', '1/1:undo:1'], 'failed']);
  });

  it('refuses definitions that cannot work, at start-up', () => {
    assert.throws(() => s.engine([{ name: 'placeInstance' }]), /exactly one of/);
    assert.throws(() => s.engine([remote('cloneDisk'), remote('cloneDisk')]), /twice/);
    assert.throws(() => s.engine([remote('cloneDisk', { retryFrom: 'fetchImage' })]), /does not come before/);
  });
});
