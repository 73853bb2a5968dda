// Contract of the store: Batches and their members.
import { strict as assert } from 'node:assert';
import type { BatchMemberRow, BatchRow } from '../../../apps/clc/src/store/index.ts';
import { hex8, planRow, userInstanceRow } from '../../support/store-rows.ts';
import { MANY, times, type StoreScene } from './scene.ts';

const none = { accepted: 0, running: 0, done: 0, failed: 0, refused: 0 };
const batchRow = (n: number, set: Partial<BatchRow> = {}): BatchRow => ({
  id: `bat-${hex8(n)}`, owner: 'anna', action: 'define-and-run', name: 'pc-{n} 课', input: { force: true }, state: 'running', progress: 0, total: 3, counts: { ...none, accepted: 3 }, rev: 1, createdAt: 1000 + n, updatedAt: 1000 + n, endedAt: null, ...set,
});
const member = (batchId: string, position: number, set: Partial<BatchMemberRow> = {}): BatchMemberRow => ({ batchId, position, insId: `ins-${hex8(position)}`, name: `pc-${position}`, state: 'accepted', planId: null, error: null, ...set });

export function batchesContract(scene: StoreScene): void {
  describe('batches', () => {
    const insert = (row: BatchRow, count = 3): Promise<void> => scene.store.transaction((tx) => tx.batches.insertBatch(row, Array.from({ length: count }, (_, i) => member(row.id, i + 1))));

    it('are read as they were written, with hundreds of members in their order', async () => {
      const row = batchRow(1, { total: 500 });
      await insert(row, 500);
      const { batches } = scene.store.read;
      assert.deepEqual(await batches.batch(row.id), row);
      assert.deepEqual((await batches.members(row.id)).map((m) => m.position), Array.from({ length: 500 }, (_, i) => i + 1));
      assert.deepEqual((await batches.members(row.id, { state: 'accepted', limit: 2 })), [member(row.id, 1), member(row.id, 2)]);
      assert.equal(await batches.batch('bat-0000dead'), null);
      assert.deepEqual((await scene.store.read.events.after(0, 9)).map((event) => [event.kind, event.subject]), [['batch', row.id]]);
    });
    it('change by whoever saw them last, once, with an event each; their progress never goes down', async () => {
      await insert(batchRow(1));
      const answers = await times(MANY, (i) => scene.at(i, (tx) => tx.batches.changeBatch('bat-00000001', 1, { progress: 40 })));
      assert.equal(answers.filter(Boolean).length, 1);
      const after = await scene.store.transaction((tx) => tx.batches.changeBatch('bat-00000001', 2, { progress: 10, state: 'done', endedAt: 7 }));
      assert.deepEqual([after?.progress, after?.state, after?.rev], [40, 'done', 3]);
      assert.deepEqual(await scene.store.read.batches.batch('bat-00000001'), after);
      assert.equal((await scene.store.read.events.after(0, 9)).length, 3);
    });
    it('say how the plan and the instance of each member that began stand; members change only from the state that was meant', async () => {
      await insert(batchRow(1));
      const error = { code: 'NO_CAPACITY', message: 'full', retryable: true };
      await scene.store.transaction(async (tx) => {
        await tx.userInstances.insertUserInstance(userInstanceRow(1, { progress: 30 }));
        await tx.saga.insertPlan(planRow('s1', 1), []);
        await tx.saga.insertPlan(planRow('s2', 1, { state: 'failed', error, endedAt: 5 }), []);
        await tx.batches.setMembers('bat-00000001', [1], 'accepted', { state: 'running', planId: 's1/1' });
        await tx.batches.setMembers('bat-00000001', [2], 'accepted', { state: 'running', planId: 's2/1' });
        await tx.batches.setMembers('bat-00000001', [3], 'accepted', { state: 'running', planId: 'gone/1' });
        await tx.batches.setMembers('bat-00000001', [1], 'accepted', { state: 'refused' });
        assert.deepEqual(await tx.batches.begunMembers('bat-00000001'), [
          { position: 1, planState: 'running', planError: null, percent: 30 }, { position: 2, planState: 'failed', planError: error, percent: 0 }, { position: 3, planState: null, planError: null, percent: 0 },
        ]);
        await tx.batches.setMembers('bat-00000001', [2, 3], 'running', { state: 'failed', error });
      });
      assert.deepEqual(await scene.store.read.batches.countMembers('bat-00000001'), { ...none, running: 1, failed: 2 });
      assert.deepEqual((await scene.store.read.batches.members('bat-00000001'))[2], member('bat-00000001', 3, { state: 'failed', planId: 'gone/1', error }));
    });
    it('are listed by owner and state, newest first, page by page; those that run oldest first; forgotten long after their end with their members', async () => {
      for (const [n, set] of [[1, {}], [2, { owner: 'ben' }], [3, { state: 'done', endedAt: 50 }], [4, {}]] as const) await insert(batchRow(n, set));
      const { batches } = scene.store.read;
      const ids = async (filter: Parameters<typeof batches.batches>[0]): Promise<number[]> => (await batches.batches(filter)).items.map((row) => parseInt(row.id.slice(4), 16));
      assert.deepEqual(await ids({ limit: 9 }), [4, 3, 2, 1]);
      assert.deepEqual(await ids({ limit: 9, owner: 'anna', state: 'running' }), [4, 1]);
      assert.deepEqual(await ids({ limit: 3, cursor: (await batches.batches({ limit: 3 })).next ?? '' }), [1]);
      assert.deepEqual(await batches.runningBatches(), [1, 2, 4].map((n) => `bat-${hex8(n)}`));
      assert.equal(await scene.store.transaction((tx) => tx.history.forgetBatches(50, 10)), 0);
      assert.equal(await scene.store.transaction((tx) => tx.history.forgetBatches(51, 10)), 1);
      assert.deepEqual(await ids({ limit: 9 }), [4, 2, 1]);
      assert.deepEqual(await batches.members('bat-00000003'), []);
    });
  });
}
