// What batches promise: all members are there from the first moment, each ends with its own outcome, whoever works on them is killed wherever.
// Real commands, plans, engine and database; no daemon.
import assert from 'node:assert/strict';
import { CreateBatch, inWords } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import { beginSome } from '../../apps/clc/src/batches/begin.ts';
import { settle } from '../../apps/clc/src/batches/settle.ts';
import { startBatchWork } from '../../apps/clc/src/batches/work.ts';
import { createBatch } from '../../apps/clc/src/commands/batch/create.ts';
import { deleteInstance } from '../../apps/clc/src/commands/instance/delete.ts';
import type { BatchMemberRow, BatchRow } from '../../apps/clc/src/store/index.ts';
import { openClcPlans, SOURCE, type ClcPlans } from '../support/clc-plans.ts';
import { eventually } from '../support/eventually.ts';

const anna = { user: 'anna', role: 'user' } as const;

describe('batches of instances', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  beforeEach(async () => {
    clc = await openClcPlans();
    await room(99);
  });
  const room = (guests: number): Promise<void> => clc.deps.store.transaction((tx) => tx.ledger.setLimits('nc-00000001', { cpus: 99, memoryMiB: guests * 256, diskBytes: 100 * 2 ** 30 }));
  afterEach(() => clc.close());

  const ask = (body: CreateBatch, who: { user: string; role: 'user' | 'admin' } = anna): Promise<BatchRow> => createBatch(clc.deps, CreateBatch.parse(body), who);
  const start = (count: number, set: object = {}): Promise<BatchRow> => ask({ action: 'define-and-run', count, definition: { name: 'pc-{n}', imageId: SOURCE, memoryMiB: 256, cpus: 1, ...set } });
  const members = (id: string): Promise<BatchMemberRow[]> => clc.deps.store.read.batches.members(id);
  const now = async (id: string): Promise<BatchRow> => (await clc.deps.store.read.batches.batch(id)) as BatchRow;
  const begin = async (id: string): Promise<void> => { while (await beginSome(clc.deps, id)) { /* until all have begun */ } };
  const end = async (id: string): Promise<BatchRow> => {
    await begin(id);
    await clc.answerAll();
    // Who found no room looks once more.
    await clc.later(2_000);
    await clc.answerAll();
    await settle(clc.deps.store, id, clc.deps.now);
    return now(id);
  };

  it('a class is written down whole before anything begins; all of it runs, is stopped and deleted as one', async () => {
    const class_ = await start(12);
    const all = await members(class_.id);
    assert.deepEqual(all.map((m) => [m.name, m.state]), Array.from({ length: 12 }, (_, i) => [`pc-${String(i + 1).padStart(2, '0')}`, 'accepted']));
    assert.deepEqual((await clc.deps.store.read.userInstances.userInstances({ limit: 99 })).items.map(({ name }) => name), all.map(({ name }) => name), 'lists have it in its order');
    assert.deepEqual(await clc.sent(), []);
    const ran = await end(class_.id);
    assert.deepEqual([ran.state, ran.progress, ran.counts.done], ['done', 100, 12]);
    const ids = all.map((m) => m.insId) as never[];
    assert.equal((await end((await ask({ action: 'stop', ids })).id)).state, 'done');
    assert.equal((await end((await ask({ action: 'delete', ids })).id)).state, 'done');
    assert.deepEqual((await clc.deps.store.read.userInstances.userInstances({ limit: 99 })).items, []);
    const again = await ask({ action: 'delete', ids }).catch((e: unknown) => e);
    assert.ok(hasCode(again, 'NOT_FOUND'));
  });
  it('those for which there is no room fail with the reason, the others run', async () => {
    await room(3);
    const class_ = await end((await start(5)).id);
    assert.deepEqual([class_.state, class_.counts.done, class_.counts.failed], ['done-with-failures', 3, 2]);
    assert.deepEqual((await members(class_.id)).filter((m) => m.state === 'failed').map((m) => m.error?.code), ['NO_CAPACITY', 'NO_CAPACITY']);
  });
  it('who is in the wrong state is refused with it and is not touched, one that goes meanwhile is deleted', async () => {
    const ids = (await members((await start(3)).id)).map((m) => m.insId) as never[];
    const stop = await ask({ action: 'stop', ids });
    await deleteInstance(clc.deps, ids[0] as unknown as string);
    const ended = await end(stop.id);
    assert.deepEqual([ended.state, ended.counts.refused], ['done-with-failures', 3]);
    assert.deepEqual((await members(stop.id)).map((m) => m.error?.code), ['NOT_FOUND', 'WRONG_STATE', 'WRONG_STATE']);
    assert.match(inWords((await members(stop.id))[1]?.error?.why ?? { code: 'text' }, 'en'), /run/);
  });
  it('of somebody else there is nothing, an administrator may; of several each needs its number', async () => {
    const ids = (await members((await start(2)).id)).map((m) => m.insId) as never[];
    await assert.rejects(ask({ action: 'run', ids }, { user: 'ben', role: 'user' }), (e) => hasCode(e, 'NOT_FOUND'));
    await assert.rejects(ask({ action: 'run', ids: [...ids, 'ins-0000dead' as never] }), (e) => hasCode(e, 'NOT_FOUND'));
    assert.equal((await ask({ action: 'run', ids: [...ids, ...ids] }, { user: 'root', role: 'admin' })).total, 2);
    await assert.rejects(start(2, { name: 'pc' }), (e: unknown) => hasCode(e, 'BAD_REQUEST'));
    assert.equal((await start(200, { name: `${'x'.repeat(122)}{n}{n}` })).total, 200);
    assert.equal((await start(1, { name: 'the only one' })).total, 1);
  });
  it('progress never goes down, and what another action overtook has failed', async () => {
    const class_ = await start(4);
    await begin(class_.id);
    let last = 0;
    for (let i = 0; i < 8; i += 1) {
      await clc.answer();
      const at = (await settle(clc.deps.store, class_.id, clc.deps.now))?.progress ?? 100;
      assert.ok(at >= last, `${at} after ${last}`);
      last = at;
    }
    assert.ok(last > 0 && last < 100);
    await deleteInstance(clc.deps, (await members(class_.id))[3]!.insId);
    const ended = await end(class_.id);
    assert.deepEqual([ended.state, ended.counts.failed, ended.progress], ['done-with-failures', 1, 100]);
  });
  it('R137 refuse whom something holds up that may pass, and begin all the others', async () => {
    const class_ = await start(12);
    const [held] = await members(class_.id);
    const saga: typeof clc.engine = { ...clc.engine, start: async (tx, plan) => { if (plan.subject.endsWith(held!.insId)) throw new CloudError('STEP_IN_PROGRESS', 'busy'); return clc.engine.start(tx, plan); } };
    while (await beginSome({ ...clc.deps, saga }, class_.id)) { /* until all have begun */ }
    const ended = await end(class_.id);
    assert.deepEqual([ended.state, ended.counts.done, ended.counts.refused], ['done-with-failures', 11, 1]);
    assert.equal((await members(class_.id))[0]?.error?.code, 'STEP_IN_PROGRESS');
  });
  it('go on wherever the one who worked on them stopped', async () => {
    const class_ = await start(25);
    await beginSome(clc.deps, class_.id);
    assert.deepEqual((await members(class_.id)).filter((m) => m.state === 'running').length, 10);
    const work = startBatchWork({ ...clc.deps, saga: clc.engine });
    await eventually('all have begun', async () => (await members(class_.id)).every((m) => m.state !== 'accepted'));
    await clc.answerAll();
    await eventually('the batch has ended', async () => (await now(class_.id)).state !== 'running');
    await work.close();
    assert.equal((await now(class_.id)).counts.done, 25);
  });
});
