import assert from 'node:assert/strict';
import { silentLog } from '@educloud/log';
import type { EventRow } from '../store/interface.ts';
import { createEventTail, type EventTailDeps } from './tail.ts';

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
});
