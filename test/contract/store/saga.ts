// Contract of the store: Plans, jobs and the outbox.
import { strict as assert } from 'node:assert';
import { hasCode } from '@educloud/errors';
import type { Tx } from '../../../apps/clc/src/store/index.ts';
import { jobRow, planRow, taskRow } from '../../support/store-rows.ts';
import { MANY, times, trues, type StoreScene } from './scene.ts';

export function sagaContract(scene: StoreScene): void {
  describe('plans, jobs and the outbox', () => {
    const subject = taskRow(1).tid;
    const row = (id: string, body: unknown = null) => ({ id, queue: 'cmd.nc.1', createdAt: scene.clock, envelope: { v: 1 as const, id, name: 'x', tid: null, jobId: null, target: null, source: null, generation: 0, seq: 0, deadline: null, trail: [], body } });
    const start = (seq: number, jobs = 2) => (tx: Tx): Promise<void> => {
      const plan = planRow(subject, seq);
      return tx.saga.insertPlan(plan, Array.from({ length: jobs }, (_, i) => jobRow(plan.id, i)));
    };

    it('let a task have one active plan, however many are started at once', async () => {
      const started = await times(MANY, (i) => scene.at(i, async (tx) => {
        if (await tx.saga.activePlan(subject)) return false;
        await start((await tx.saga.lastSeq(subject)) + 1)(tx);
        return true;
      }));
      assert.equal(trues(started), 1);
      await assert.rejects(scene.store.transaction(start(7)), (e) => hasCode(e, 'CONFLICT'));
      assert.equal((await scene.store.read.saga.plansOf(subject)).length, 1);
      await scene.store.transaction(async (tx) => {
        assert.equal(await tx.saga.updatePlan(`${subject}/1`, 1, { state: 'cancelled', endedAt: 9 }), true);
        await start(2, 0)(tx);
      });
      assert.equal((await scene.store.read.saga.activePlan(subject))?.seq, 2);
      assert.deepEqual((await scene.store.read.saga.plansOf(subject)).map((p) => [p.seq, p.state]), [[1, 'cancelled'], [2, 'running']]);
    });

    it('change for the one who has read the present revision', async () => {
      await scene.store.transaction(start(1));
      const plan = `${subject}/1`;
      assert.equal(trues(await times(MANY, (i) => scene.both(i).read.saga.updatePlan(plan, 1, { generation: 5 }))), 1);
      assert.equal(trues(await times(MANY, (i) => scene.both(i).read.saga.updateJob(`${plan}/0`, 1, { state: 'running', attempt: 1, params: { a: ['ü'] }, deadlineAt: 50 }))), 1);
      assert.deepEqual(await scene.store.read.saga.job(`${plan}/0`), jobRow(plan, 0, { state: 'running', attempt: 1, rev: 2, params: { a: ['ü'] }, deadlineAt: 50 }));
      assert.deepEqual(await scene.store.read.saga.plan(plan), planRow(subject, 1, { generation: 5, rev: 2 }));
      assert.deepEqual((await scene.store.read.saga.jobs(plan)).map((j) => j.index), [0, 1]);
    });

    it('change many times within a transaction, are seen as they are by whatever it asks next, and stand there in full after its commit', async () => {
      const plan = `${subject}/1`;
      await scene.store.read.tasks.insertTask(taskRow(1));
      await scene.store.transaction(async (tx) => {
        await start(1)(tx);
        assert.equal(await tx.saga.updateJob(`${plan}/0`, 1, { state: 'running', attempt: 1, deadlineAt: 50, target: 'nc-1' }), true);
        assert.deepEqual(await tx.saga.plansAtDaemon('nc-1'), [plan]);
        assert.equal(await tx.saga.updateJob(`${plan}/0`, 1, { state: 'failed' }), false, 'somebody in this very transaction was faster');
        assert.equal(await tx.saga.updateJob(`${plan}/0`, 2, { state: 'done', result: { a: 1 }, deadlineAt: null }), true);
      });
      assert.deepEqual(await scene.store.read.saga.jobs(plan), [jobRow(plan, 0, { state: 'done', attempt: 1, rev: 3, result: { a: 1 }, target: 'nc-1' }), jobRow(plan, 1)]);
      await scene.store.transaction(async (tx) => {
        assert.equal((await tx.saga.plan(plan))?.rev, 1);
        assert.equal(await tx.saga.updatePlan(plan, 1, { generation: 5 }), true);
        assert.equal(await tx.saga.updatePlan(plan, 2, { state: 'done', endedAt: 9 }), true);
        assert.equal(await tx.saga.activePlan(subject), null);
        await start(2, 0)(tx);
        await tx.saga.enqueue(row('m1'));
        assert.deepEqual((await tx.saga.outbox(5)).map((each) => each.id), ['m1']);
        await tx.saga.removeFromOutbox('m1');
        assert.ok(await tx.tasks.changeTask(subject, ['preparing/pending'], { to: 'preparing/failed' }));
        assert.ok(await tx.tasks.changeTask(subject, ['preparing/failed'], { to: 'preparing/deleted' }));
        assert.deepEqual((await tx.tasks.tasks({ limit: 5 })).items, [], 'no list shows a deleted one');
        assert.deepEqual((await tx.tasks.tasksOf([subject])).map((each) => each.rev), [3]);
      });
      assert.deepEqual(await scene.store.read.saga.plan(plan), planRow(subject, 1, { generation: 5, state: 'done', endedAt: 9, rev: 3 }));
      assert.equal((await scene.store.read.saga.activePlan(subject))?.seq, 2);
      assert.deepEqual([(await scene.store.read.tasks.task(subject))?.state, (await scene.store.read.saga.outbox(5)).length], ['deleted', 0]);
    });

    it('find what is due, active, and at a daemon', async () => {
      const plans = [1, 2, 3, 4].map((n) => planRow(`s${n}`, 1, { startedAt: 100 - n, state: n === 4 ? 'done' : n === 3 ? 'stuck' : n === 2 ? 'unwinding' : 'running' }));
      const jobs = [{ deadlineAt: 50 }, { notBefore: 50, state: 'undoing' as const }, { deadlineAt: 1, state: 'stuck' as const }, { deadlineAt: 1, state: 'done' as const }];
      await scene.store.transaction(async (tx) => { for (const [i, plan] of plans.entries()) await tx.saga.insertPlan(plan, [jobRow(plan.id, 0, jobs[i])]); });
      assert.deepEqual(await scene.store.read.saga.duePlans(49, 10), []);
      assert.deepEqual(await scene.store.read.saga.duePlans(50, 10), ['s2/1', 's1/1']);
      assert.deepEqual(await scene.store.read.saga.duePlans(50, 1), ['s2/1']);
      assert.deepEqual(await scene.store.read.saga.activePlans(), ['s2/1', 's1/1']);
      assert.deepEqual(await scene.store.read.saga.plansAtDaemon('nc-00000001'), ['s3/1', 's2/1']);
      assert.deepEqual(await scene.store.read.saga.unanswered(), []);
      assert.equal(await scene.store.read.saga.updateJob('s2/1/0', 1, { deadlineAt: 70 }), true);
      assert.deepEqual((await scene.store.read.saga.unanswered()).map((j) => [j.id, j.state]), [['s2/1/0', 'undoing']]);
      assert.deepEqual(await scene.store.read.saga.counts(), { active: 2, stuck: 1, outbox: 0, oldestAt: null });
      assert.equal(await scene.store.read.saga.lastSeq('nobody'), 0);
    });

    it('send messages in the order in which they were enqueued, each id once', async () => {
      await scene.store.transaction(async (tx) => { for (const id of ['c', 'a', 'b']) await tx.saga.enqueue(row(id)); });
      await scene.store.read.saga.enqueue(row('a', { again: true }));
      const out = await scene.store.read.saga.outbox(10);
      assert.deepEqual(out.map((o) => o.id), ['c', 'a', 'b']);
      assert.deepEqual(out[1], row('a', { again: true }));
      assert.deepEqual(await scene.store.read.saga.counts(), { active: 0, stuck: 0, outbox: 3, oldestAt: scene.clock });
      await scene.store.read.saga.removeFromOutbox('c');
      assert.deepEqual((await scene.store.read.saga.outbox(1)).map((o) => o.id), ['a']);
    });
  });
}
