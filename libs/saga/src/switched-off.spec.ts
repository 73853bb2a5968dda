import assert from 'node:assert/strict';
import type { CommandBody, Envelope, JobName, TaskStatus } from '@educloud/contracts';
import { createSaga } from './engine.ts';
import { quiet, settle, SUBJECT } from './engine-scene.ts';
import type { JobDefinition, JobRow, PlanRow, Saga } from './interface.ts';
import { createMemorySagaStore, type MemorySagaStore, type MemoryTx } from './memory-store.ts';

type Tx = MemoryTx<{ ended: string[] }>;
const at = (target: string, name: JobName, more: Partial<JobDefinition<Tx, null>> = {}): JobDefinition<Tx, null> => ({ name, target: () => target, params: () => ({}), deadlineMs: 60_000, ...more });

describe('a daemon that is switched off', () => {
  let store: MemorySagaStore<{ ended: string[] }>;
  let published: Envelope[];
  let off: Set<string>;
  let saga: Saga<Tx>;
  let clock: number;
  beforeEach(() => {
    store = createMemorySagaStore<{ ended: string[] }>({ ended: [] });
    [published, off, clock] = [[], new Set(), 1_000_000];
  });
  afterEach(() => saga.close());

  const start = async (jobs: Array<JobDefinition<Tx, null>>): Promise<void> => {
    const end = (how: string) => async (tx: Tx): Promise<void> => void tx.state.ended.push(how);
    saga = createSaga<Tx>({
      store, generation: 1, log: quiet, now: () => clock, address: async () => ({ queue: 'q', epoch: 1 }), switchedOff: async (_tx, id) => off.has(id),
      publish: async (_queue, envelope) => void published.push(envelope),
      plans: [{ name: 'p', load: async () => null, jobs, onDone: end('done'), onFailed: end('failed'), onStuck: end('stuck') }],
    });
    await store.transaction((tx) => saga.start(tx, { subject: SUBJECT, name: 'p', input: null }));
    saga.kick();
    await settle();
  };
  const switchOff = async (id: string): Promise<void> => {
    off.add(id);
    await saga.onDaemonRegistered(id);
    await settle();
  };
  const answer = async (envelope: Envelope | undefined, outcome: 'done' | 'failed'): Promise<void> => {
    assert.ok(envelope, 'nothing was published');
    const { op, attempt } = envelope.body as CommandBody;
    const status: TaskStatus = { jobId: envelope.jobId ?? '', op, attempt, outcome, percent: 0, ...(outcome === 'done' ? { result: { stopped: 0 } } : { error: { code: 'HYPERVISOR_FAILED', message: 'broken', retryable: false } }) };
    await saga.onStatus(status, { node: envelope.target?.node ?? '', epoch: 1 });
    await settle();
  };
  const plan = (): PlanRow => store.rows().plans.at(-1) as PlanRow;
  const jobs = (): JobRow[] => store.rows().jobs;
  const asked = (): string[] => published.map((e) => `${(e.body as CommandBody).job}:${(e.body as CommandBody).op}`);

  it('ends the job under way with the result it would have had, if being off is all that was wanted', async () => {
    await start([at('nc-1', 'stopDomain', { whenSwitchedOff: { how: 'already-stopped' } })]);
    await switchOff('nc-1');
    assert.deepEqual([plan().state, jobs()[0]?.state, jobs()[0]?.result], ['done', 'done', { how: 'already-stopped' }]);
    assert.deepEqual(store.rows().state.ended, ['done']);
  });

  it('fails any other job under way with NODE_FENCED; what it should undo counts as undone, what others should undo is asked of them', async () => {
    await start([at('cc-1', 'cacheImage', { undo: 'remote' }), at('nc-1', 'fetchImage', { undo: 'remote' })]);
    await answer(published[0], 'done');
    await switchOff('nc-1');
    assert.deepEqual([plan().state, plan().error?.code, plan().error?.why?.code], ['unwinding', 'NODE_FENCED', 'jobAtSwitchedOff']);
    assert.deepEqual(asked(), ['cacheImage:do', 'fetchImage:do', 'cacheImage:undo']);
    await answer(published[2], 'done');
    assert.deepEqual([plan().state, ...jobs().map((j) => j.state)], ['failed', 'undone', 'undone']);
  });

  it('ends an undo it was asked for before', async () => {
    await start([at('nc-1', 'fetchImage', { undo: 'remote' }), at('cc-1', 'cacheImage')]);
    await answer(published[0], 'done');
    await answer(published[1], 'failed');
    assert.equal(asked().at(-1), 'fetchImage:undo');
    await switchOff('nc-1');
    assert.deepEqual([plan().state, jobs()[0]?.state], ['failed', 'undone']);
  });

  it('is sent nothing from then on, also not what is still in the outbox', async () => {
    await start([at('cc-1', 'cacheImage'), at('nc-1', 'fetchImage', { whenSwitchedOff: {} })]);
    off.add('nc-1');
    await answer(published[0], 'done');
    assert.deepEqual(asked(), ['cacheImage:do']);
    assert.equal(plan().state, 'done');
    assert.equal(store.rows().outbox.length, 0);
  });

  it('is still sent what it has to do first when it is back, and that is not ended by its being off', async () => {
    off.add('nc-1');
    await start([at('nc-1', 'stopGuests', { waitsForReturn: true })]);
    await switchOff('nc-1');
    assert.equal(plan().state, 'running');
    assert.equal(asked()[0], 'stopGuests:do');
    await answer(published.at(-1), 'done');
    assert.equal(plan().state, 'done');
  });

  it('R114 has one copy of that waiting for it, however long it stays away', async () => {
    off.add('nc-1');
    await start([at('nc-1', 'stopGuests', { waitsForReturn: true, deadlineMs: 30 * 86_400_000 })]);
    for (let minute = 0; minute < 120; minute++) {
      clock += 60_000;
      for (let round = 0; round < 10; round++) await saga.tick();
      await settle();
    }
    assert.deepEqual(asked(), ['stopGuests:do']);
    // Its return sends it again: the copy may have been lost with its queue.
    await saga.onDaemonRegistered('nc-1');
    await settle();
    assert.deepEqual(asked(), ['stopGuests:do', 'stopGuests:do']);
  });

  it('does not harm the jobs of others', async () => {
    await start([at('nc-2', 'cloneDisk')]);
    await switchOff('nc-1');
    assert.deepEqual([plan().state, jobs()[0]?.state], ['running', 'running']);
  });

  it('takes a late answer of before as nothing', async () => {
    await start([at('nc-1', 'startDomain', { undo: 'remote' })]);
    await switchOff('nc-1');
    await answer(published[0], 'done');
    assert.deepEqual([plan().state, jobs()[0]?.state], ['failed', 'undone']);
  });
});
