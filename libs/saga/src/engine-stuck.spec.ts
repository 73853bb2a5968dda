import assert from 'node:assert/strict';
import type { CommandBody } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { define, EngineScene, failure, remote, settle, type Tx } from './engine-scene.ts';

describe('a saga that cannot go on', () => {
  let s: EngineScene;
  beforeEach(() => { s = new EngineScene(); });
  afterEach(() => s.close());

  it('R120: a cancel that got stuck by a wrong clock goes on by itself when the clock is right, one that had its time does not', async () => {
    const hour = 3_600_000;
    s.engine([{ name: 'releaseCompute', apply: async () => ({}), commit: true }, remote('discardInstance', { undo: undefined, deadlineMs: hour })]);
    s.clock -= hour;
    await s.start();
    s.clock += hour;
    await s.answer(s.published[0], failure('EXPIRED', false));
    assert.equal(s.plan().state, 'stuck');
    for (let second = 0; second < 20; second++) await s.later(1000);
    assert.deepEqual(s.ids(), ['1/1:do:1', '1/1:do:2']);
    assert.ok((s.published[1]?.deadline ?? 0) > s.clock + hour / 2);

    s.clock += hour;
    await s.later(0);
    assert.equal(s.plan().state, 'stuck');
    s.clock -= hour / 2; // it was ahead
    for (let second = 0; second < 20; second++) await s.later(1000);
    assert.equal(s.plan().state, 'running');
    await s.answer(s.published.at(-1), 'done');
    assert.equal(s.plan().state, 'done');
  });

  it('R120: a cancel that had all its time stays stuck, for somebody to see', async () => {
    s.engine([{ name: 'releaseCompute', apply: async () => ({}), commit: true }, remote('discardInstance', { undo: undefined })]);
    await s.start();
    await s.later(60_000);
    for (let second = 0; second < 40; second++) await s.later(1000);
    assert.equal(s.plan().state, 'stuck');
  });

  it('is stuck when an undo fails five times, and goes on when the daemon is back', async () => {
    s.engine([remote('cloneDisk')]);
    await s.start();
    await s.answer(s.published[0], failure('HYPERVISOR_FAILED', false));
    for (let i = 1; i <= 5; i++) {
      await s.answer(s.published[i], failure('HYPERVISOR_FAILED', false));
      await s.later(30_000);
    }
    assert.deepEqual([s.plan().state, s.job(0).state, s.job(0).error?.code], ['stuck', 'stuck', 'UNDO_FAILED']);
    assert.deepEqual(await s.store.transaction((tx) => tx.saga.counts()), { outbox: 0, oldestAt: null, active: 0, stuck: 1 });
    await s.saga.onDaemonRegistered('nc-1');
    await settle();
    await s.answer(s.published[6], 'done');
    assert.deepEqual(s.ids().slice(-1), ['1/0:undo:6']);
    assert.deepEqual([s.plan().state, s.plan().error?.code], ['failed', 'HYPERVISOR_FAILED']);
    assert.deepEqual(s.events(), ['unwinding', 'stuck', 'unwinding', 'failed']);
  });

  it('only goes forward after the commit job, is stuck at the deadline, and can be taken up again', async () => {
    s.engine([{ name: 'registerVersion', apply: async () => ({}), commit: true }, remote('discardInstance')]);
    await s.start();
    for (let i = 0; s.plan().state === 'running' && i < 99; i++) {
      if (s.job(1).state === 'running') await s.answer(s.published.at(-1), failure('HYPERVISOR_FAILED', false));
      await s.later(5000);
    }
    assert.equal(s.plan().state, 'stuck');
    assert.ok(s.published.every((e) => (e.body as CommandBody).op === 'do'));
    await s.resumeStuck();
    await s.answer(s.published.at(-1), 'done');
    assert.equal(s.plan().state, 'done');
  });

  it('is stuck, and can be resumed, when a hook refuses again and again, even to let it fail', async () => {
    let broken = true;
    const refuse = async (tx: Tx): Promise<void> => {
      if (broken) throw new CloudError('WRONG_PHASE', 'the task is elsewhere');
      tx.state.events.push('hook');
    };
    s.engineOf([{ ...define('p', [remote('cloneDisk')]), onUnwinding: refuse, onFailed: refuse }]);
    await s.start();
    for (let i = 0; i < 12; i++) await s.later(60_000);
    assert.deepEqual([s.plan().state, s.plan().error?.code, (await s.store.transaction((tx) => tx.saga.counts())).stuck], ['stuck', 'WRONG_PHASE', 1]);
    broken = false;
    await s.resumeStuck();
    await s.later(0);
    await s.answer(s.published.at(-1), 'done');
    assert.equal(s.plan().state, 'failed');
  });
});
