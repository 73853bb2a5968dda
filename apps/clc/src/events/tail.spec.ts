import assert from 'node:assert/strict';
import { silentLog } from '@educloud/log';
import type { EventRow } from '../store/interface.ts';
import { createEventTail, type EventTailDeps } from './tail.ts';

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('the tail of the events', () => {
  it('reads a rush of events together, tells the other processes once, and misses none', async () => {
    const rows: EventRow[] = [];
    let committed: () => void = () => undefined;
    let looks = 0;
    let told = 0;
    const events = { lastId: async () => rows.length, after: async (id: number, limit: number) => (looks++, rows.slice(id, id + limit)) };
    const store = { read: { events }, onEvents: (listener: () => void) => ((committed = listener), () => undefined) } as unknown as EventTailDeps['store'];
    const tail = createEventTail({ store, progress: { notify: () => void told++, listen: () => () => undefined }, log: silentLog() });
    await tail.start();
    const seen = new Promise<void>((resolve) => { tail.onMore(() => void (tail.cursor() === 50 && resolve())); });
    for (let id = 1; id <= 50; id++) {
      rows.push({ id, kind: 'task', subject: 'a', payload: {}, at: 0 });
      committed();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await seen;
    assert.deepEqual((await tail.after(0, 100)).map((row) => row.id), rows.map((row) => row.id));
    assert.ok(looks < 25, `${looks} looks`);
    assert.ok(told > 0 && told <= looks, `told ${told} times in ${looks} looks`);
    await tail.close();
  });
  it('R146 is read on for what is written in the very moment in which a read has found nothing', async () => {
    for (let ticks = 0; ticks < 12; ticks += 1) {
      const rows: EventRow[] = [];
      let written: () => void = () => undefined;
      let reads = 0;
      /** So many steps after the answer of the first read. */
      const writeLater = async (): Promise<void> => {
        for (let i = 0; i < ticks; i += 1) await null;
        rows.push({ id: 1, kind: 'node', subject: 'nc-1', payload: {} } as unknown as EventRow);
        written();
      };
      const tail = createEventTail({
        store: {
          read: { events: { lastId: async () => 0, after: (id: number) => {
            const found = rows.filter((row) => row.id > id);
            if ((reads += 1) === 1) void Promise.resolve().then(writeLater);
            return Promise.resolve(found);
          } } },
          onEvents: (listener: () => void) => { written = listener; return () => undefined; },
        } as never,
        progress: { listen: () => () => undefined, notify: () => undefined },
        log: silentLog(),
      });
      await tail.start();
      tail.onMore(() => undefined);
      // Long before the clock looks by itself.
      for (const end = performance.now() + 1000; tail.cursor() === 0 && performance.now() < end;) await turnOfTheLoop();
      assert.equal(tail.cursor(), 1, `${ticks} steps later`);
      await tail.close();
    }
  });
});
