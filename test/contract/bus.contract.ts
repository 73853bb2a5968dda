// What every bus promises. bus.test.ts runs it over RabbitMQ and over the embedded broker.
import assert from 'node:assert/strict';
import { DELIVERY_LIMIT, ENVELOPE_VERSION, MAX_MESSAGE_BYTES, type Envelope } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import type { Bus } from '@educloud/bus';
import { eventually } from '../support/eventually.ts';

/** One broker with nothing in it, and hands to do what only an operator or a broken sender does. */
export interface BusUnderTest {
  /** Another bus on the same broker; closed by the test that opened it. */
  open(): Promise<Bus>;
  sendRaw(queue: string, content: Buffer): Promise<void>;
  deleteQueue(queue: string): Promise<void>;
  dispose(): Promise<void>;
}

let ids = 0;
export const envelope = (name: string, body: unknown = {}, more: Partial<Envelope> = {}): Envelope => ({
  v: ENVELOPE_VERSION,
  id: `m-${process.pid}-${++ids}`,
  name,
  tid: null,
  jobId: null,
  target: null,
  source: null,
  generation: 0,
  seq: 0,
  deadline: null,
  trail: [],
  body,
  ...more,
});

export function busContract(name: string, create: () => Promise<BusUnderTest>): void {
  describe(`the bus (${name})`, () => {
    let under: BusUnderTest;
    let bus: Bus;
    before(async function () {
      this.timeout(120_000);
      under = await create();
      bus = await under.open();
      assert.equal(bus.state().connected, true, bus.state().reason);
    });
    after(async () => {
      await bus?.close();
      await under?.dispose();
    });

    let n = 0;
    const freshQueue = (): string => `cmd.test.${++n}`;
    const lettersOf = async (queue: string) => (await bus.deadLetters(1_000)).filter((l) => l.queue === queue);

    it('keeps what it confirmed until somebody consumes it', async () => {
      const queue = freshQueue();
      await bus.ensureQueue(queue, 'command');
      const sent = Array.from({ length: 20 }, (_, i) => envelope('a/b/c', { i }));
      await Promise.all(sent.map((e) => bus.publish(queue, e)));
      await eventually('20 messages wait', async () => (await bus.depth(queue)) === 20);
      const other = await under.open();
      const got: Envelope[] = [];
      await other.consume(queue, 'command', async (e) => void got.push(e));
      await eventually('all came', () => got.length === 20);
      assert.deepEqual(got.map((e) => e.id), sent.map((e) => e.id), 'in order');
      assert.deepEqual(got[3], sent[3]);
      await eventually('all acked', async () => (await bus.depth(queue)) === 0);
      await other.close();
      assert.equal(await bus.depth(queue), 0);
    });

    it('says NODE_UNREACHABLE when there is no such queue', async () => {
      await assert.rejects(bus.publish('cmd.nc.nobody', envelope('a/b/c')), (e) => hasCode(e, 'NODE_UNREACHABLE'));
      assert.equal(await bus.depth('cmd.nc.nobody'), null);
    });

    it('refuses an envelope that is not of the agreed shape before it leaves', async () => {
      await assert.rejects(bus.publish('cmd.nc.nobody', envelope('', {})), (e) => hasCode(e, 'MESSAGE_INVALID'));
      await assert.rejects(bus.publish('cmd.nc.nobody', envelope('a/b/c', 'x'.repeat(MAX_MESSAGE_BYTES))), (e) => hasCode(e, 'MESSAGE_INVALID'));
    });

    it('delivers again after a retryable failure, and another message passes meanwhile', async () => {
      const queue = freshQueue();
      const seen: string[] = [];
      const sub = await bus.consume(queue, 'command', async (e, d) => {
        seen.push(`${e.name}${d.redelivered ? ' again' : ''}`);
        if (e.name === 'first' && !d.redelivered) throw new CloudError('CONFLICT', 'somebody else was faster');
      });
      await bus.publish(queue, envelope('first'));
      await bus.publish(queue, envelope('second'));
      await eventually('three deliveries', () => seen.length === 3);
      assert.deepEqual(seen, ['first', 'second', 'first again']);
      await eventually('nothing left', async () => (await bus.depth(queue)) === 0);
      assert.deepEqual(await lettersOf(queue), []);
      await sub.stop();
    });

    it('gives a message up to the dead-letter queue after the delivery limit', async () => {
      const queue = freshQueue();
      let deliveries = 0;
      const sub = await bus.consume(queue, 'command', async () => {
        deliveries++;
        throw new CloudError('CONFLICT', 'again and again');
      });
      const sent = envelope('a/b/c');
      await bus.publish(queue, sent);
      const [letter] = await eventually('a dead letter', async () => {
        const letters = await lettersOf(queue);
        return letters.length > 0 ? letters : null;
      });
      assert.equal(deliveries, DELIVERY_LIMIT + 1);
      assert.equal(letter?.code, 'DELIVERY_LIMIT');
      assert.equal(JSON.parse(letter?.content ?? '').id, sent.id);
      assert.ok(Math.abs((letter?.at ?? 0) - Date.now()) < 60_000);
      assert.equal(await bus.depth(queue), 0);
      await sub.stop();
    });

    it('keeps a message whose surroundings are away for as long as that lasts, and others pass meanwhile', async () => {
      const queue = freshQueue();
      const seen: string[] = [];
      let away = true;
      const sub = await bus.consume(queue, 'command', async (e, d) => {
        seen.push(`${e.name}${d.redelivered ? ' delivered again' : ''}`);
        if (away && e.name === 'needs it') throw new CloudError('DATABASE_UNAVAILABLE', 'away');
      });
      await bus.publish(queue, envelope('needs it'));
      await bus.publish(queue, envelope('does not'));
      await eventually('tried more often than a message may be delivered', () => seen.filter((name) => name === 'needs it').length > DELIVERY_LIMIT + 3);
      assert.ok(seen.includes('does not'));
      away = false;
      const before = seen.length;
      await eventually('handled', () => seen.length === before + 1);
      await eventually('nothing left', async () => (await bus.depth(queue)) === 0);
      await sub.stop();
      assert.equal(await bus.depth(queue), 0, 'acked');
      assert.deepEqual(await lettersOf(queue), []);
      assert.ok(!seen.some((name) => name.endsWith('delivered again')), 'the broker gave it out once');
    });

    it('keeps the order of a lane while one of its messages is tried again, and another lane passes', async () => {
      const queue = freshQueue();
      const seen: string[] = [];
      let code: 'BUS_UNAVAILABLE' | 'CONFLICT' = 'BUS_UNAVAILABLE';
      let tries = 0;
      let allSent = (): void => undefined;
      let sent = Promise.resolve();
      const sub = await bus.consume(
        queue,
        'command',
        async (e) => {
          if (e.name === 'a1') {
            tries += 1;
            // The number of tries is limited: the first ends when all messages are there, the second when the other lane has passed.
            if (tries === 1) await sent;
            if (tries === 2) await eventually('the other lane passes', () => seen.length === 2);
            if (tries <= 2) throw new CloudError(code, 'not now');
          }
          seen.push(e.name);
        },
        { prefetch: 10, order: (e) => e.name[0] as string },
      );
      for (code of ['BUS_UNAVAILABLE', 'CONFLICT'] as const) {
        tries = seen.length = 0;
        sent = new Promise<void>((resolve) => (allSent = resolve));
        for (const name of ['a1', 'a2', 'b1', 'a3', 'b2']) await bus.publish(queue, envelope(name));
        allSent();
        await eventually('all handled', () => seen.length === 5, 20_000);
        assert.deepEqual(seen, ['b1', 'b2', 'a1', 'a2', 'a3'], code);
      }
      assert.deepEqual(await lettersOf(queue), []);
      await sub.stop();
    });

    it('puts poison into the dead-letter queue with the reason, while others pass', async () => {
      const queue = freshQueue();
      const got: string[] = [];
      const sub = await bus.consume(queue, 'command', async (e) => {
        if (e.name === 'refused') throw new CloudError('WRONG_NODE', 'this is for nc-1');
        if (e.name === 'bug') throw new TypeError('x is not a function');
        got.push(e.name);
      });
      await under.sendRaw(queue, Buffer.from('{"v":1,'));
      await under.sendRaw(queue, Buffer.from(JSON.stringify({ ...envelope('future'), v: 99 })));
      await under.sendRaw(queue, Buffer.from(JSON.stringify({ v: 1, id: '', name: 'x', body: 1 })));
      await under.sendRaw(queue, Buffer.from('null'));
      await under.sendRaw(queue, Buffer.alloc(MAX_MESSAGE_BYTES + 1, 'x'));
      await bus.publish(queue, envelope('refused'));
      await bus.publish(queue, envelope('bug'));
      await under.sendRaw(queue, Buffer.from(JSON.stringify({ ...envelope('fine'), later: 'a field we do not know' })));
      await eventually('the good one came', () => got.length === 1);
      assert.deepEqual(got, ['fine']);
      const letters = await eventually('seven dead letters', async () => {
        const l = await lettersOf(queue);
        return l.length === 7 ? l : null;
      });
      assert.deepEqual(
        letters.map((l) => `${l.code}: ${l.reason}`.slice(0, 40)),
        [
          'MESSAGE_INVALID: not JSON',
          'MESSAGE_VERSION: unknown version 99',
          'MESSAGE_INVALID: bad schema: id: Too small: expected'.slice(0, 40),
          'MESSAGE_INVALID: bad schema: (root): Invalid'.slice(0, 40),
          `MESSAGE_INVALID: larger than ${MAX_MESSAGE_BYTES} bytes`.slice(0, 40),
          'WRONG_NODE: this is for nc-1',
          'INTERNAL: handling bug: unexpected failure'.slice(0, 40),
        ],
      );
      assert.equal(letters[0]?.content, '{"v":1,');
      assert.equal((await lettersOf(queue)).length, 7, 'looking takes nothing out');
      await sub.stop();
    });

    it('makes the dead-letter queue again when it was deleted', async () => {
      const queue = freshQueue();
      await under.deleteQueue('dlq');
      const sub = await bus.consume(queue, 'command', async () => {
        throw new CloudError('WRONG_NODE', 'not mine');
      });
      await bus.publish(queue, envelope('a/b/c'));
      await eventually('a dead letter', async () => (await lettersOf(queue)).length === 1);
      await sub.stop();
    });

    it('handles at most `prefetch` messages at once', async () => {
      const queue = freshQueue();
      let now = 0;
      let most = 0;
      let done = 0;
      const release: Array<() => void> = [];
      const sub = await bus.consume(
        queue,
        'command',
        async () => {
          most = Math.max(most, ++now);
          await new Promise<void>((resolve) => release.push(resolve));
          now--;
          done++;
        },
        { prefetch: 3 },
      );
      for (let i = 0; i < 9; i++) await bus.publish(queue, envelope('a/b/c'));
      await eventually('three under way', () => now === 3);
      await eventually('all done', () => {
        release.shift()?.();
        return done === 9;
      });
      assert.equal(most, 3);
      await sub.stop();
    });

    it('consumes again when its queue was deleted under it', async () => {
      const queue = freshQueue();
      const got: string[] = [];
      const sub = await bus.consume(queue, 'command', async (e) => void got.push(e.name));
      await bus.publish(queue, envelope('before'));
      await eventually('the first', () => got.length === 1);
      for (const name of ['after', 'after again']) {
        await under.deleteQueue(queue);
        await eventually('the queue is back and takes a message', async () => {
          await bus.publish(queue, envelope(name));
          return true;
        });
        await eventually('it arrives', () => got.includes(name));
      }
      await sub.stop();
    });

    it('delivers beats without confirming them, and drops those nobody has a queue for', async () => {
      const queue = `beat.test.${++n}`;
      bus.publishVolatile(queue, envelope('lost'));
      const got: string[] = [];
      const sub = await bus.consume(queue, 'volatile', async (e) => {
        got.push(e.name);
        if (e.name === 'bad') throw new CloudError('DATABASE_UNAVAILABLE', 'away');
      });
      bus.publishVolatile(queue, envelope('bad'));
      bus.publishVolatile(queue, envelope('good'));
      await eventually('both came', () => got.length === 2);
      assert.deepEqual(got, ['bad', 'good']);
      assert.deepEqual(await lettersOf(queue), [], 'a beat that failed is dropped, not kept');
      await sub.stop();
    });

    it('gives back what was not handled when a subscription stops', async () => {
      const queue = freshQueue();
      const got: string[] = [];
      let release = (): void => undefined;
      const sub = await bus.consume(queue, 'command', async (e) => {
        got.push(e.name);
        await new Promise<void>((resolve) => (release = resolve));
      });
      for (const name of ['one', 'two', 'three']) await bus.publish(queue, envelope(name));
      await eventually('the first is being handled', () => got.length === 1);
      const stopping = sub.stop();
      release();
      await stopping;
      assert.deepEqual(got, ['one']);
      await eventually('two wait again', async () => (await bus.depth(queue)) === 2);
      const again = await bus.consume(queue, 'command', async (e) => void got.push(e.name));
      await eventually('all handled', () => got.length === 3);
      assert.deepEqual(got, ['one', 'two', 'three']);
      await again.stop();
    });

    it('delivers within a few milliseconds', async () => {
      const queue = freshQueue();
      let arrived = (): void => undefined;
      const sub = await bus.consume(queue, 'command', async () => arrived());
      const medianMs = async (): Promise<number> => {
        const times: number[] = [];
        for (let i = 0; i < 60; i++) {
          const start = performance.now();
          const delivered = new Promise<void>((resolve) => (arrived = resolve));
          await Promise.all([bus.publish(queue, envelope('a/b/c')), delivered]);
          times.push(performance.now() - start);
        }
        return times.sort((a, b) => a - b)[30] as number;
      };
      // On a busy machine a round may be slow; a bus that waits for something is slow in each.
      const medians: number[] = [];
      await eventually('a round with a median below 20 ms', async () => medians[medians.push(await medianMs()) - 1]! < 20, 20_000).catch((e: unknown) => assert.fail(`${String(e)}: ${medians.map((m) => m.toFixed(1)).join(', ')} ms`));
      await sub.stop();
    });

    it('refuses work after close, and close may be called twice', async () => {
      const other = await under.open();
      await other.close();
      await other.close();
      assert.equal(other.state().connected, false);
      await assert.rejects(other.publish('cmd.nc.nobody', envelope('a/b/c')), (e) => hasCode(e, 'BUS_UNAVAILABLE'));
      other.publishVolatile('beat.x', envelope('a/b/c'));
    });
  });
}
