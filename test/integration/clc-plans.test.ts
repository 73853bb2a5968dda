// What the steps of a build promise when daemons stay away and when there are several image stores. Real plans, engine and database; no daemon.
import assert from 'node:assert/strict';
import { BeginImageCreate, type TaskId } from '@educloud/contracts';
import { beginImageCreate } from '../../apps/clc/src/commands/image-create/begin.ts';
import { cancelImage } from '../../apps/clc/src/commands/image-create/discard.ts';
import { prepareImage } from '../../apps/clc/src/commands/image-create/prepare.ts';
import { retryImage } from '../../apps/clc/src/commands/image-create/retry.ts';
import { openClcPlans, SOURCE, type ClcPlans } from '../support/clc-plans.ts';

const HOUR = 3_600_000;

describe('plans of the CLC', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  beforeEach(async () => { clc = await openClcPlans(); });
  afterEach(() => clc.close());

  const begin = async (): Promise<TaskId> => (await beginImageCreate(clc.deps, SOURCE, BeginImageCreate.parse({ name: 'mine' }), 'anna')).tid as TaskId;
  const prepared = async (): Promise<TaskId> => {
    const tid = await begin();
    await prepareImage(clc.deps, tid);
    await clc.answerAll();
    assert.equal((await clc.task(tid)).state, 'prepared', (await clc.task(tid)).message);
    return tid;
  };
  const at = async (tid: string): Promise<string> => {
    const { phase, state } = await clc.task(tid);
    return `${phase}/${state}`;
  };

  describe('a cancel whose node stays away', () => {
    it('waits in cancelling, is stuck after an hour, and counts as stuck', async () => {
      const tid = await prepared();
      await cancelImage(clc.deps, tid);
      await clc.later(HOUR / 2);
      assert.equal(await at(tid), 'preparing/cancelling');
      await clc.later(HOUR);
      assert.equal(await at(tid), 'preparing/stuck');
      assert.equal((await clc.task(tid)).failedStep, 'cancel');
      assert.deepEqual(await clc.deps.store.read.tasks.counts(), { active: 1, stuck: 1 });
      assert.equal((await clc.deps.saga.health()).stuck, 1);
    });

    it('goes on by retry, and ends', async () => {
      const tid = await prepared();
      await cancelImage(clc.deps, tid);
      await clc.later(2 * HOUR);
      await retryImage(clc.deps, tid);
      assert.equal(await at(tid), 'preparing/cancelling');
      await clc.answerAll();
      const task = await clc.task(tid);
      assert.deepEqual([task.state, task.error, task.failedStep], ['cancelled', null, null]);
    });

    it('goes on when the daemon is back, and also when it was only late with its answer', async () => {
      for (const back of ['registers', 'answers late']) {
        const tid = await prepared();
        await cancelImage(clc.deps, tid);
        await clc.sent();
        await clc.later(2 * HOUR);
        assert.equal(await at(tid), 'preparing/stuck', back);
        if (back === 'registers') await clc.deps.saga.onDaemonRegistered('nc-00000001');
        await clc.answerAll();
        assert.equal(await at(tid), 'preparing/cancelled', back);
      }
    });

    it('may be asked for again, or turned into a delete', async () => {
      const tid = await prepared();
      await cancelImage(clc.deps, tid);
      await clc.later(2 * HOUR);
      await cancelImage(clc.deps, tid);
      assert.equal(await at(tid), 'preparing/cancelling');
      await clc.answerAll();
      assert.equal(await at(tid), 'preparing/cancelled');
    });
  });
});
