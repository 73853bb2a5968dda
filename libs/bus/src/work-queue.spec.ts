import assert from 'node:assert/strict';
import { DELIVERY_LIMIT } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { encode } from './decode.ts';
import { createWorkQueue, RETRY_PAUSES_MS, type Incoming, type WorkQueueDeps } from './work-queue.ts';

const content = encode({ v: 1, id: 'm-1', name: 'a/b/c', tid: null, jobId: null, target: null, source: null, generation: 0, seq: 0, deadline: null, trail: [], body: null });
const retryable = async (): Promise<never> => {
  throw new CloudError('CONFLICT', 'somebody else was faster');
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
  it('keeps a message whose surroundings are away, however often they fail, and acks it once they are back', async () => {
    for (const code of ['DATABASE_UNAVAILABLE', 'BUS_UNAVAILABLE', 'NOT_READY', 'STORE_UNAVAILABLE', 'NODE_UNREACHABLE', 'DISK_FULL'] as const) {
      let tries = 0;
      const m = message(DELIVERY_LIMIT);
      queue({ retryPausesMs: [0], handler: async () => { if (++tries < 20) throw new CloudError(code, 'away'); } }).push(m);
      assert.deepEqual([await m.settled, tries], ['ack', 20], code);
    }
  });
  it('pauses at most ten seconds for them', async () => {
    const pauses: number[] = [];
    const { setTimeout: real } = globalThis;
    globalThis.setTimeout = ((work: () => void, ms: number) => (pauses.push(ms), real(work, 0))) as typeof setTimeout;
    try {
      const m = message();
      queue({ retryPausesMs: RETRY_PAUSES_MS, handler: async () => { if (pauses.length < 7) throw new CloudError('BUS_UNAVAILABLE', 'away'); } }).push(m);
      await m.settled;
    } finally {
      globalThis.setTimeout = real;
    }
    assert.deepEqual(pauses, [250, 1_000, 4_000, 10_000, 10_000, 10_000, 10_000]);
  });
  it('gives it back, and its lane behind it, before the broker loses patience', async () => {
    const order: string[] = [];
    const work = queue({ holdMs: 0, order: () => 'lane', handler: async () => { throw new CloudError('BUS_UNAVAILABLE', 'away'); } });
    for (const name of ['one', 'two', 'three']) work.push({ ...message(), requeue: () => void order.push(name) });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(order, ['one', 'two', 'three']);
  });
  it('forgets a held message with its channel: it is not handled twice', async () => {
    let tries = 0;
    const work = queue({ retryPausesMs: [0], handler: async () => { tries += 1; throw new CloudError('BUS_UNAVAILABLE', 'away'); } });
    work.push(message());
    await new Promise((resolve) => setImmediate(resolve));
    work.forget();
    const before = tries;
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(tries, before);
  });
  it('drops a volatile message whose handler failed', async () => {
    const m = message();
    queue({ kind: 'volatile', handler: retryable }).push(m);
    assert.equal(await m.settled, 'ack');
  });
});
