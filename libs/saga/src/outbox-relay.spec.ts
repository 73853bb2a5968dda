import assert from 'node:assert/strict';
import type { Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { createMemorySagaStore } from './memory-store.ts';
import { createOutboxRelay, type OutboxRelay } from './outbox-relay.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const envelope = (id: string, epoch = 1): Envelope => ({ v: 1, id, name: 'x', tid: null, jobId: null, target: { node: 'nc-1', epoch }, source: null, generation: 1, seq: 0, deadline: null, trail: [], body: {} });

describe('outbox relay', () => {
  let relay: OutboxRelay;
  afterEach(() => relay.close());
  const store = () => createMemorySagaStore();
  const put = (s: ReturnType<typeof store>, queue: string, id: string, epoch = 1): Promise<void> => s.transaction((tx) => tx.saga.enqueue({ id, queue, envelope: envelope(id, epoch), createdAt: epoch }));
  const until = async (done: () => boolean): Promise<void> => {
    for (const end = Date.now() + 8000; !done(); ) {
      if (Date.now() > end) assert.fail(`never: ${done.toString()}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };

  it('publishes many queues at once, but each queue in order, and removes only after the confirm', async () => {
    const s = store();
    for (let i = 0; i < 30; i++) await put(s, `q${i % 3}`, `m${i}`);
    const order: string[] = [];
    const busy = new Map<string, number>();
    let most = 0;
    relay = createOutboxRelay({ store: s, log, publish: async (queue, e) => {
      busy.set(queue, (busy.get(queue) ?? 0) + 1);
      assert.equal(busy.get(queue), 1, 'two at once for one queue');
      most = Math.max(most, [...busy.values()].reduce((a, b) => a + b, 0));
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(s.rows().outbox.some((r) => r.id === e.id), 'removed before the confirm');
      busy.set(queue, 0);
      order.push(e.id);
    } });
    relay.kick();
    await until(() => s.rows().outbox.length === 0);
    assert.equal(most, 3);
    for (const q of [0, 1, 2]) assert.deepEqual(order.filter((id) => Number(id.slice(1)) % 3 === q), Array.from({ length: 10 }, (_, i) => `m${i * 3 + q}`));
  });

  it('waits for many confirms of one queue at once, but never sends two messages of one task side by side', async () => {
    const s = store();
    for (let i = 0; i < 12; i++) await s.transaction((tx) => tx.saga.enqueue({ id: `m${i}`, queue: 'q', envelope: { ...envelope(`m${i}`), tid: `t${i % 4}` }, createdAt: i }));
    const order: string[] = [];
    const confirms: Array<() => void> = [];
    relay = createOutboxRelay({ store: s, log, publish: (_queue, e) => (order.push(e.id), new Promise((resolve) => { confirms.push(resolve); })) });
    relay.kick();
    for (let round = 0; round < 3; round++) {
      await until(() => order.length === 4 * (round + 1));
      assert.deepEqual(order.slice(-4).sort(), [0, 1, 2, 3].map((i) => `m${4 * round + i}`).sort());
      for (const confirm of confirms.splice(0)) confirm();
    }
    await until(() => s.rows().outbox.length === 0);
  });

  it('goes on trying while the bus is down, keeps the order, and lets other queues pass', async () => {
    const s = store();
    for (const id of ['a1', 'a2', 'a3']) await put(s, 'gone', id);
    await put(s, 'there', 'b1');
    const order: string[] = [];
    let refusals = 3;
    relay = createOutboxRelay({ store: s, log, publish: async (queue, e) => {
      if (queue === 'gone' && refusals-- > 0) throw new CloudError('NODE_UNREACHABLE', 'no such queue');
      order.push(e.id);
    } });
    relay.kick();
    await until(() => s.rows().outbox.length === 0);
    assert.deepEqual(order, ['b1', 'a1', 'a2', 'a3']);
  });

  it('publishes once more what was written again while it was under way', async () => {
    const s = store();
    await put(s, 'q', 'm');
    const epochs: unknown[] = [];
    relay = createOutboxRelay({ store: s, log, publish: async (_queue, e) => {
      if (epochs.push(e.target?.epoch) > 1) return;
      await put(s, 'q', 'm', 2);
      relay?.kick(); // as after every commit
    } });
    relay.kick();
    await until(() => s.rows().outbox.length === 0);
    assert.deepEqual(epochs, [1, 2]);
  });

  it('does not publish what was withdrawn while it waited in line', async () => {
    const s = store();
    for (const id of ['a', 'b', 'c']) await put(s, 'q', id);
    const order: string[] = [];
    relay = createOutboxRelay({ store: s, log, publish: async (_queue, e) => {
      if (order.push(e.id) > 1) return;
      relay.changed('b');
      await s.transaction((tx) => tx.saga.removeFromOutbox('b'));
    } });
    relay.kick();
    await until(() => s.rows().outbox.length === 0);
    assert.deepEqual(order, ['a', 'c']);
  });

  it('publishes what is written while it publishes, without waiting for the clock', async () => {
    const s = store();
    const times: number[] = [];
    relay = createOutboxRelay({ store: s, log, publish: async () => void times.push(performance.now()) });
    for (let i = 0; i < 50; i++) {
      await put(s, 'q', `m${i}`);
      relay.kick();
    }
    const from = performance.now();
    await until(() => times.length === 50);
    // A pause of the clock for each would be five seconds.
    assert.ok(performance.now() - from < 2000);
  });
});
