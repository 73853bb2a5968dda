// Contract of the store: What is kept of ended work, and what goes.
import { strict as assert } from 'node:assert';
import type { InstanceRow, TaskRow } from '../../../apps/clc/src/store/index.ts';
import { imageRow, instanceRow, jobRow, planRow, taskRow, versionRow } from '../../support/store-rows.ts';
import type { StoreScene } from './scene.ts';

export function historyContract(scene: StoreScene): void {
  describe('history', () => {
    const DAY = 86_400_000;
    const [LONG_AGO, NOW] = [DAY, 400 * DAY];
    const BEFORE = NOW - 365 * DAY;
    const ended = (n: number, set: Partial<TaskRow> = {}): TaskRow => taskRow(n, { phase: 'submitted', state: 'submitted', createdAt: LONG_AGO, updatedAt: LONG_AGO, ...set });
    async function task(row: TaskRow, { plan = 'done', instance = {} }: { plan?: 'done' | 'stuck'; instance?: Partial<InstanceRow> } = {}): Promise<void> {
      await scene.store.transaction(async (tx) => {
        const of = planRow(row.tid, 1, { state: plan, startedAt: LONG_AGO, endedAt: plan === 'done' ? LONG_AGO : null });
        await tx.tasks.insertTask(row);
        await tx.instances.insertInstance(instanceRow(Number.parseInt(row.insId.slice(4), 16), { tid: row.tid, deletedAt: LONG_AGO, ...instance }));
        await tx.saga.insertPlan(of, [jobRow(of.id, 0), jobRow(of.id, 1)]);
      });
    }
    const there = async (row: TaskRow): Promise<boolean[]> => [
      (await scene.store.read.tasks.task(row.tid)) !== null, (await scene.store.read.instances.instance(row.insId)) !== null, (await scene.store.read.saga.plansOf(row.tid)).length > 0, (await scene.store.read.saga.jobs(`${row.tid}/1`)).length > 0,
    ];

    it('R111 forgets tasks that ended long ago with all that belongs to them, a few at a time', async () => {
      const old = [1, 2, 3].map((n) => ended(n * 10));
      for (const row of old) await task(row);
      assert.deepEqual([await scene.store.read.history.forgetTasks(BEFORE, 2), await scene.store.read.history.forgetTasks(BEFORE, 2), await scene.store.read.history.forgetTasks(BEFORE, 2)], [2, 1, 0]);
      for (const row of old) assert.deepEqual(await there(row), [false, false, false, false]);
    });

    it('R111 keeps what ended lately, what has not ended, what is stuck, and what has an instance that lives', async () => {
      const kept: Array<[TaskRow, Parameters<typeof task>[1]?]> = [
        [ended(10, { updatedAt: BEFORE + 1 })], [ended(20, { phase: 'editing', state: 'stopped' })], [ended(30, { phase: 'preparing', state: 'failed' })],
        [ended(40), { plan: 'stuck' }], [ended(50), { instance: { deletedAt: null } }],
      ];
      for (const [row, how] of kept) await task(row, how);
      assert.equal(await scene.store.read.history.forgetTasks(BEFORE, 100), 0);
      for (const [row] of kept) assert.deepEqual(await there(row), [true, true, true, true]);
    });

    it('R111 forgets deleted images only when no task and no version names them any more', async () => {
      await scene.store.transaction(async (tx) => {
        // 2 is what 4 stands on, 3 is named by a task, 4 is there, 5 was deleted lately.
        for (const [n, deletedAt] of [[1, LONG_AGO], [2, LONG_AGO], [3, LONG_AGO], [4, null], [5, BEFORE + 1]] as const) {
          const { id } = imageRow(n);
          await tx.images.insertImage(imageRow(n));
          await tx.images.reserveVersion(versionRow(id, deletedAt === null ? { parentImageId: imageRow(2).id, parentVersion: 1, state: 'available' } : { state: 'deleted' }));
          if (deletedAt !== null) await tx.images.markDeleted(id, deletedAt);
        }
      });
      await task(ended(3, { srcImageId: imageRow(3).id, dstImageId: imageRow(4).id, updatedAt: BEFORE + 1 }));
      const left = async (): Promise<string[]> => (await Promise.all([1, 2, 3, 4, 5].map(async (n) => ((await scene.store.read.images.image(imageRow(n).id)) ? [String(n)] : [])))).flat();
      assert.equal(await scene.store.read.history.forgetImages(BEFORE, 100), 1);
      assert.deepEqual(await left(), ['2', '3', '4', '5']);
    });

    it('R111 forgets plans of what is no task, and leaves those of tasks to them', async () => {
      await task(ended(10, { updatedAt: BEFORE + 1 }));
      await scene.store.transaction(async (tx) => {
        for (const [seq, set] of [[1, { state: 'done', endedAt: LONG_AGO }], [2, { state: 'done', endedAt: NOW }], [3, { state: 'running' }]] as const) {
          const plan = planRow('nc-00000007', seq, { startedAt: LONG_AGO, ...set });
          await tx.saga.insertPlan(plan, [jobRow(plan.id, 0)]);
        }
      });
      assert.equal(await scene.store.read.history.forgetPlans(BEFORE, 100), 1);
      assert.deepEqual((await scene.store.read.saga.plansOf('nc-00000007')).map((plan) => plan.seq), [2, 3]);
      assert.deepEqual(await there(ended(10)), [true, true, true, true]);
    });
  });
}
