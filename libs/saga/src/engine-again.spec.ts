import assert from 'node:assert/strict';
import type { Envelope } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import { EngineScene, failure, type Jobs, remote, settle } from './engine-scene.ts';

describe('a saga whose daemon, database or engine was away', () => {
  let s: EngineScene;
  beforeEach(() => { s = new EngineScene(); });
  afterEach(() => s.close());

  it('addresses a command again under its id when the daemon had registered anew, and counts no failure', async () => {
    s.engine([remote('cloneDisk', { retry: { attempts: 1, backoffMs: 1 } })]);
    await s.start();
    s.epoch = 2;
    await s.answer(s.published[0], { ...failure('STALE_EPOCH', true), data: { sentEpoch: 1 } });
    assert.deepEqual(s.ids(), ['1/0:do:1', '1/0:do:1']);
    assert.equal(s.published[1]?.target?.epoch, 2);
    await s.answer(s.published[1], { ...failure('STALE_EPOCH', true), data: { sentEpoch: 2 } });
    assert.equal(s.published.length, 2);
    assert.equal(s.job(0).state, 'running');
    await s.answer(s.published[1], 'done');
    assert.equal(s.plan().state, 'done');
  });

  it('R001 sends a command again when its answer does not come: it may be lost with its queue', async () => {
    s.engine([remote('cloneDisk', { deadlineMs: 600_000 }), remote('startDomain', { deadlineMs: 600_000 })]);
    await s.start();
    for (let second = 0; second < 45; second++) await s.later(1000);
    assert.deepEqual(s.ids(), ['1/0:do:1', '1/0:do:1', '1/0:do:1']);
    await s.answer(s.published.at(-1), 'done');
    await s.answer(s.published[0], 'done');
    assert.deepEqual(s.events(), ['done cloneDisk']);
    assert.deepEqual(s.ids().slice(3), ['1/1:do:1']);
  });

  it('R101 sends running commands again after a restart, and leaves what the replaced engine hears for the new one', async () => {
    const first = s.engine([remote('cloneDisk'), remote('startDomain')]);
    await s.start();
    const second = s.engine([remote('cloneDisk'), remote('startDomain')], 2);
    await second.resume();
    await settle();
    assert.deepEqual(s.ids(), ['1/0:do:1', '1/0:do:1']);
    assert.equal(s.published[1]?.generation, 2);
    s.saga = first;
    await assert.rejects(s.answer(s.published[0], 'done'), (e) => hasCode(e, 'NOT_READY'));
    assert.equal(s.job(0).state, 'running');
    s.saga = second;
    await s.answer(s.published[0], 'done');
    assert.equal(s.job(0).state, 'done');
  });

  it('runs its own slow job outside the transaction right after the commit, and again after a crash', async () => {
    let runs = 0;
    let release = (): void => undefined;
    const jobs: Jobs = [{ name: 'claimCompute', perform: async (_c, _r, signal) => {
      if (++runs > 1) return {};
      return new Promise((resolve, reject) => { release = () => resolve({}); signal.addEventListener('abort', () => reject(new Error('aborted'))); });
    } }];
    const first = s.engine(jobs);
    await s.start();
    assert.equal(runs, 1);
    await first.tick();
    assert.equal(runs, 1);
    await first.close();
    assert.equal(s.plan().state, 'running');
    await s.engine(jobs, 2).resume();
    await settle();
    release();
    assert.deepEqual([runs, s.plan().state], [2, 'done']);
  });

  describe('when nobody led for longer than a deadline', () => {
    let coming: boolean;
    const anHourLater = async (jobs: Jobs): Promise<Envelope | undefined> => {
      s.engine(jobs);
      await s.start();
      await s.saga.close();
      s.clock += 3_600_000;
      coming = true;
      await s.engine(jobs, 2, () => coming).resume();
      await settle();
      return s.published[0];
    };

    it('R112 believes an answer that was given in time, though it comes after the deadline', async () => {
      const sent = await anHourLater([remote('cloneDisk')]);
      await s.later(5000);
      assert.deepEqual([s.plan().state, s.job(0).state], ['running', 'running']);
      await s.answer(sent, 'done');
      assert.deepEqual([s.plan().state, s.ids().filter((id) => id.includes('undo'))], ['done', []]);
    });

    it('R112 asks the daemon again, whose journal knows what was done', async () => {
      await anHourLater([remote('cloneDisk')]);
      assert.deepEqual(s.ids(), ['1/0:do:1', '1/0:do:1']);
    });

    it('R112 ends what has no answer after a while, and undoes it', async () => {
      const sent = await anHourLater([remote('cloneDisk')]);
      coming = false;
      await s.later(1000);
      assert.deepEqual([s.plan().state, s.plan().error?.code, s.ids().at(-1)], ['unwinding', 'DEADLINE_EXCEEDED', '1/0:undo:1']);
      await s.answer(sent, 'done');
      assert.equal(s.plan().state, 'unwinding');
    });

    it('R112 takes an undo that was done in time as done', async () => {
      s.engine([remote('cacheImage'), remote('cloneDisk')]);
      await s.start();
      await s.answer(s.published[0], 'done');
      await s.answer(s.published[1], failure('INTERNAL', false));
      const undo = s.published.at(-1);
      await s.saga.close();
      s.clock += 3_600_000;
      await s.engine([remote('cacheImage'), remote('cloneDisk')], 2, () => true).resume();
      await s.later(5000);
      assert.equal(s.job(1).state, 'undoing');
      await s.answer(undo, 'done');
      assert.equal(s.job(1).state, 'undone');
    });
  });

  it('waits for a database that is away instead of losing a status', async () => {
    s.engine([remote('cloneDisk')]);
    await s.start();
    const { transaction } = s.store;
    let away = 3;
    s.store.transaction = (work) => (away-- > 0 ? Promise.reject(new CloudError('DATABASE_UNAVAILABLE', 'away')) : transaction(work));
    await s.answer(s.published[0], 'done');
    assert.equal(s.plan().state, 'done');
  });
});
