// Contract of the store: Tasks of image builds.
import { strict as assert } from 'node:assert';
import { hasCode } from '@educloud/errors';
import { say } from '@educloud/contracts';
import { taskRow } from '../../support/store-rows.ts';
import { MANY, times, type StoreScene } from './scene.ts';

export function tasksContract(scene: StoreScene): void {
  describe('tasks', () => {
    const { tid } = taskRow(1);

    it('go only where the table of transitions allows', async () => {
      await scene.store.read.tasks.insertTask(taskRow(1));
      await assert.rejects(scene.store.transaction((tx) => tx.tasks.changeTask(tid, ['preparing/pending'], { to: 'submitted/submitted' })), (e) => hasCode(e, 'WRONG_PHASE'));
      assert.equal(await scene.store.read.tasks.changeTask(tid, ['editing/running'], { to: 'editing/stopping' }), null);
      assert.equal(await scene.store.read.tasks.changeTask('no such', ['preparing/pending'], { message: say('deleted') }), null);
      assert.deepEqual(await scene.store.read.tasks.task(tid), taskRow(1));
      assert.equal(await scene.store.read.events.lastId(), 1, 'the event of the insert');
    });

    it('tell each state they pass within a transaction, and progress once', async () => {
      await scene.store.read.tasks.insertTask(taskRow(1, { state: 'downloading' }));
      await scene.store.transaction(async (tx) => {
        for (const progress of [10, 20, 30]) await tx.tasks.changeTask(tid, ['preparing/downloading'], { progress });
        await tx.tasks.changeTask(tid, ['preparing/downloading'], { to: 'preparing/cloning' });
        await tx.tasks.changeTask(tid, ['preparing/cloning'], { to: 'preparing/prepared' });
      });
      const told = (await scene.store.read.events.after(1, 10)).map(({ payload }) => payload as { state: string; progress: number });
      assert.deepEqual(told.map(({ state, progress }) => [state, progress]), [['cloning', 30], ['prepared', 30]]);
    });

    it('change for one of many at once', async () => {
      await scene.store.read.tasks.insertTask(taskRow(1));
      const changed = await times(MANY, (i) => scene.at(i, (tx) => tx.tasks.changeTask(tid, ['preparing/pending'], { to: 'preparing/downloading', message: say('text', { text: `${i}` }) })));
      const [row, ...more] = changed.filter((t) => t !== null);
      assert.deepEqual(more, []);
      assert.deepEqual(await scene.store.read.tasks.task(tid), row);
      assert.equal(row?.rev, 2);
    });

    it('never lose progress within a phase, and begin again in the next', async () => {
      await scene.store.read.tasks.insertTask(taskRow(1, { state: 'downloading' }));
      await times(MANY, (i) => scene.at(i, (tx) => tx.tasks.changeTask(tid, ['preparing/downloading'], { progress: (i * 7) % 20 })));
      assert.deepEqual([(await scene.store.read.tasks.task(tid))?.progress, (await scene.store.read.tasks.task(tid))?.rev], [19, 1 + MANY]);
      assert.equal((await scene.store.read.tasks.changeTask(tid, ['preparing/downloading'], { to: 'preparing/prepared', progress: 100 }))?.progress, 100);
      assert.equal((await scene.store.read.tasks.changeTask(tid, ['preparing/prepared'], { to: 'editing/booting' }))?.progress, 0);
    });

    it('write their event in the same transaction', async () => {
      await scene.store.read.tasks.insertTask(taskRow(1));
      scene.clock += 5;
      const error = { code: 'DISK_FULL', message: 'no room', retryable: true, data: { missingBytes: 5 } };
      await scene.store.transaction((tx) => tx.tasks.changeTask(tid, ['preparing/pending'], { to: 'preparing/failed', error, message: say('text', { text: 'bad' }), failedStep: 'prepare', kept: { what: 'a', where: 'b', until: 'c' } }));
      const [, event] = await scene.store.read.events.after(0, 10);
      assert.deepEqual(event, { id: 2, kind: 'task', subject: tid, at: scene.clock, payload: { tid, phase: 'preparing', state: 'failed', progress: 0, vmstatus: 'init', message: 'bad', said: { code: 'text', args: { text: 'bad' } }, errormsg: 'no room', at: scene.clock } });
      await assert.rejects(scene.store.transaction(async (tx) => {
        await tx.tasks.changeTask(tid, ['preparing/failed'], { to: 'preparing/pending', error: null });
        throw new Error('no');
      }));
      assert.deepEqual((await scene.store.read.tasks.task(tid))?.error, error);
      assert.equal(await scene.store.read.events.lastId(), 2);
      assert.equal((await scene.store.transaction((tx) => tx.tasks.changeTask(tid, ['preparing/failed'], { to: 'preparing/pending', error: null })))?.error, null);
      assert.equal((await scene.store.read.tasks.task(tid))?.error, null);
    });

    it('are listed by page, owner and whether they still go on', async () => {
      for (let n = 1; n <= 6; n += 1) await scene.store.read.tasks.insertTask(taskRow(n * 2, { owner: n % 2 ? 'anna' : 'ben', state: n === 6 ? 'cancelled' : n === 5 ? 'stuck' : 'pending' }));
      const names = async (page: Parameters<typeof scene.store.read.tasks.tasks>[0]): Promise<string[]> => (await scene.store.read.tasks.tasks(page)).items.map((t) => t.name);
      assert.deepEqual(await names({ limit: 10 }), [12, 10, 8, 6, 4, 2].map((n) => `build ${n}`));
      assert.deepEqual(await names({ limit: 10, owner: 'ben', active: true }), ['build 8', 'build 4']);
      assert.deepEqual(await names({ limit: 10, active: false }), ['build 12']);
      const first = await scene.store.read.tasks.tasks({ limit: 2, owner: 'anna' });
      assert.deepEqual(await names({ limit: 2, owner: 'anna', cursor: first.next ?? '' }), ['build 2']);
      assert.deepEqual(await scene.store.read.tasks.counts(), { active: 5, stuck: 1 });
    });
  });
}
