import assert from 'node:assert/strict';
import { CloudError } from '@educloud/errors';
import { EngineScene, failure, remote } from './engine-scene.ts';

describe('a saga that fails', () => {
  let s: EngineScene;
  beforeEach(() => { s = new EngineScene(); });
  afterEach(() => s.close());

  it('retries what may succeed, under a new message id, and then goes back in reverse order', async () => {
    s.engine([remote('cacheImage'), remote('cloneDisk', { retry: { attempts: 2, backoffMs: 1000 } })]);
    await s.start();
    await s.answer(s.published[0], 'done');
    await s.answer(s.published[1], failure('TRANSFER_FAILED', true));
    assert.equal(s.published.length, 2);
    await s.later(1000);
    await s.answer(s.published[2], failure('TRANSFER_FAILED', true));
    await s.answer(s.published[3], 'done');
    await s.answer(s.published[4], 'done');
    assert.deepEqual(s.ids(), ['1/0:do:1', '1/1:do:1', '1/1:do:2', '1/1:undo:1', '1/0:undo:1']);
    assert.equal(s.plan().state, 'failed');
    assert.match(s.plan().error?.message ?? '', /cloneDisk at nc-1: broken/);
    assert.deepEqual(s.events(), ['done cacheImage', 'unwinding', 'failed']);
  });

  it('goes back to the feeding job when the fed one fails', async () => {
    s.engine([remote('cacheImage'), remote('fetchImage', { retryFrom: 'cacheImage' })]);
    await s.start();
    await s.answer(s.published[0], 'done');
    await s.answer(s.published[1], failure('TRANSFER_FAILED', true));
    await s.later(1000);
    await s.answer(s.published[2], 'done');
    await s.answer(s.published[3], 'done');
    assert.deepEqual(s.ids(), ['1/0:do:1', '1/1:do:1', '1/0:do:2', '1/1:do:2']);
    assert.equal(s.plan().state, 'done');
  });

  it('takes back a job that does not answer, and says which daemon it was', async () => {
    s.engine([remote('cloneDisk')]);
    await s.start();
    await s.later(60_000);
    assert.deepEqual([s.plan().state, s.plan().error?.code], ['unwinding', 'DEADLINE_EXCEEDED']);
    assert.match(s.plan().error?.message ?? '', /cloneDisk at nc-1/);
    assert.deepEqual(s.ids(), ['1/0:do:1', '1/0:undo:1']);
  });

  it('ends its own slow job at the deadline before it is undone', async () => {
    const order: string[] = [];
    s.engine([{ name: 'claimCompute', deadlineMs: 1000, undo: async () => void order.push('undone'), perform: (_c, _r, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => setImmediate(() => (order.push('ended'), reject(new Error('aborted')))))) }]);
    await s.start();
    await s.later(1000);
    assert.deepEqual(order, ['ended', 'undone']);
    assert.deepEqual([s.plan().state, s.plan().error?.code], ['failed', 'DEADLINE_EXCEEDED']);
  });

  it('goes back when an own database job meets a conflict that will not pass', async () => {
    s.engine([remote('cloneDisk'), { name: 'registerVersion', apply: async () => Promise.reject(new CloudError('CONFLICT', 'closed', { retryable: false })) }]);
    await s.start();
    await s.answer(s.published[0], 'done');
    await s.answer(s.published[1], 'done');
    assert.deepEqual([s.ids(), s.plan().state, s.plan().error?.code], [['1/0:do:1', '1/0:undo:1'], 'failed', 'CONFLICT']);
  });

  it('counts a result of the wrong shape as a failure', async () => {
    s.engine([remote('flattenDisk')]);
    await s.start();
    await s.answer(s.published[0], 'done');
    assert.deepEqual([s.plan().state, s.plan().error?.code], ['unwinding', 'MESSAGE_INVALID']);
  });

  it('does not let a bug in an own job hold the plan for ever', async () => {
    let calls = 0;
    s.engine([remote('cloneDisk'), { name: 'placeInstance', apply: async () => {
      if (calls++ === 0) throw new CloudError('NO_CAPACITY', 'full');
      throw new TypeError('bug');
    } }]);
    await s.start();
    await s.answer(s.published[0], 'done');
    for (let i = 0; i < 12; i++) await s.later(1000);
    assert.deepEqual([s.plan().state, s.plan().error?.code, s.job(1).state], ['unwinding', 'INTERNAL', 'failed']);
    assert.deepEqual(s.ids().slice(-1), ['1/0:undo:1']);
  });
});
