import assert from 'node:assert/strict';
import type { CommandBody, Envelope } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { createSagaDesk } from './desk.ts';
import { createSaga } from './engine.ts';
import { quiet, settle, SUBJECT } from './engine-scene.ts';
import type { PlanDefinition, PlanRow, Saga, SagaOrders } from './interface.ts';
import { createMemorySagaStore, type MemorySagaStore, type MemoryTx } from './memory-store.ts';

type Tx = MemoryTx<{ performed: number; aborted: number }>;

describe('orders taken where no engine runs', () => {
  let store: MemorySagaStore<{ performed: number; aborted: number }>;
  let published: Envelope[];
  let epoch: number;
  let woken: number;
  let leader: Saga<Tx>;
  let desk: SagaOrders<Tx>;
  let performing: boolean;
  const end = { onDone: async () => undefined, onFailed: async () => undefined, onStuck: async () => undefined, load: async () => null };
  const plans: Array<PlanDefinition<Tx, null>> = [
    { ...end, name: 'send', jobs: [{ name: 'cloneDisk', target: () => 'nc-1', undo: 'remote', deadlineMs: 60_000 }] },
    { ...end, name: 'own', jobs: [{ name: 'claimCompute', deadlineMs: 60_000, perform: (_c, _r, signal) => new Promise((_resolve, reject) => {
      performing = true;
      signal.addEventListener('abort', () => { performing = false; reject(new Error('aborted')); });
    }) }] },
  ];
  const address = async (): Promise<{ queue: string; epoch: number }> => ({ queue: 'cmd.nc-1', epoch });
  const engine = (generation: number): Saga<Tx> => createSaga<Tx>({ store, plans, generation, address, log: quiet, now: () => 1000, publish: async (_queue, envelope) => void published.push(envelope) });
  const order = (name: string): Promise<PlanRow> => store.transaction((tx) => desk.start(tx, { subject: SUBJECT, name, input: null }));

  beforeEach(() => {
    store = createMemorySagaStore({ performed: 0, aborted: 0 });
    [published, epoch, woken, performing] = [[], 1, 0, false];
    leader = engine(7);
    desk = createSagaDesk<Tx>({ store, plans, address, log: quiet, now: () => 1000, wake: () => { woken++; leader.lookForOrders(); } });
  });
  afterEach(() => leader.close());

  it('are sent by the engine that leads, as soon as it is woken', async () => {
    await order('send');
    await settle();
    assert.deepEqual([published.length, store.rows().plans[0]?.generation], [0, 0]);
    desk.kick();
    await settle();
    assert.deepEqual([woken, published.length], [1, 1]);
    const body = published[0]?.body as CommandBody;
    await leader.onStatus({ jobId: published[0]?.jobId ?? '', op: body.op, attempt: body.attempt, outcome: 'done', percent: 100, result: { virtualSizeBytes: 1 } }, { node: 'nc-1', epoch: 1 });
    assert.deepEqual(store.rows().plans.map((p) => [p.state, p.generation]), [['done', 7]]);
  });

  it('are found by the clockwork of the leader when the hint got lost', async () => {
    await order('own');
    await leader.tick();
    await settle();
    assert.equal(performing, true);
  });

  it('may close a plan whose own job runs at the leader, which ends it', async () => {
    await order('own');
    desk.kick();
    await settle();
    assert.equal(performing, true);
    const closed = await store.transaction((tx) => desk.supersede(tx, SUBJECT));
    desk.kick();
    await settle();
    assert.deepEqual([closed?.state, performing], ['cancelled', false]);
  });

  it('leave a plan with the engine that has it, whatever its generation', async () => {
    await store.transaction((tx) => leader.start(tx, { subject: SUBJECT, name: 'send', input: null }));
    await assert.rejects(order('send'), (e) => hasCode(e, 'STEP_IN_PROGRESS'));
    leader.kick();
    await settle();
    epoch = 2;
    await desk.onDaemonRegistered('nc-1');
    await settle();
    assert.deepEqual(published.map((e) => [e.id, e.target?.epoch, e.generation]), [[`${SUBJECT}/1/0:do:1`, 1, 7], [`${SUBJECT}/1/0:do:1`, 2, 7]]);
    assert.equal(store.rows().plans[0]?.generation, 7);
  });
});
