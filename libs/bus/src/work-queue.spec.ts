import assert from 'node:assert/strict';
import { DELIVERY_LIMIT } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { encode } from './decode.ts';
import { createWorkQueue, type Incoming, type WorkQueueDeps } from './work-queue.ts';

const content = encode({ v: 1, id: 'm-1', name: 'a/b/c', tid: null, jobId: null, target: null, source: null, generation: 0, seq: 0, deadline: null, trail: [], body: null });
const retryable = async (): Promise<never> => {
  throw new CloudError('DATABASE_UNAVAILABLE', 'away');
};

/** A message and what was done with it in the end. */
function message(deliveries = 0): Incoming & { settled: Promise<'ack' | 'requeue'> } {
  let settle!: (how: 'ack' | 'requeue') => void;
  const settled = new Promise<'ack' | 'requeue'>((resolve) => (settle = resolve));
  return { content, redelivered: deliveries > 0, deliveries, ack: () => settle('ack'), requeue: () => settle('requeue'), settled };
}

const queue = (deps: Partial<WorkQueueDeps>) =>
  createWorkQueue({ queue: 'q', kind: 'command', concurrency: 1, log: silentLog(), handler: async () => undefined, deadLetter: async () => undefined, retryPausesMs: [5], ...deps });

describe('the work queue of a subscription', () => {
  it('acks after the handler, not before', async () => {
    const order: string[] = [];
    const m = message();
    queue({ handler: async () => void order.push('handled') }).push({ ...m, ack: () => void (order.push('ack'), m.ack()) });
    assert.equal(await m.settled, 'ack');
    assert.deepEqual(order, ['handled', 'ack']);
  });
  it('stores a dead letter before it acks, and tries again when that fails', async () => {
    const letters: string[] = [];
    const bad = { ...message(), content: Buffer.from('{') };
    queue({ deadLetter: async (_c, why) => void letters.push(why.code) }).push(bad);
    assert.equal(await bad.settled, 'ack');
    assert.deepEqual(letters, ['MESSAGE_INVALID']);
    const again = { ...message(), content: Buffer.from('{') };
    queue({ deadLetter: retryable }).push(again);
    assert.equal(await again.settled, 'requeue');
  });
  it('does not wait before the last return, the one after which the broker gives up', async () => {
    const m = message(DELIVERY_LIMIT);
    queue({ handler: retryable, retryPausesMs: [3_600_000] }).push(m);
    assert.equal(await m.settled, 'requeue');
  });
  it('gives paused and waiting messages back when it stops', async () => {
    const work = queue({ handler: retryable, retryPausesMs: [3_600_000] });
    const [paused, waiting] = [message(), message()];
    work.push(paused);
    await new Promise((resolve) => setImmediate(resolve));
    work.halt();
    work.push(waiting);
    await work.stop();
    assert.deepEqual(await Promise.all([paused.settled, waiting.settled]), ['requeue', 'requeue']);
  });
  it('drops a volatile message whose handler failed', async () => {
    const m = message();
    queue({ kind: 'volatile', handler: retryable }).push(m);
    assert.equal(await m.settled, 'ack');
  });
});
