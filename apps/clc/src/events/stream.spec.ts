import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventRow } from '../store/interface.ts';
import { openStream } from './stream.ts';

const rows = (n: number): EventRow[] => Array.from({ length: n }, (_, i) => ({ id: i + 1, kind: 'image', subject: 's', payload: { i }, at: 0 }));

/** A watcher that reads nothing once `room` writes were made. */
function watcher(room: number) {
  const written: string[] = [];
  const response = Object.assign(new EventEmitter(), {
    writableNeedDrain: false, destroyed: false,
    writeHead: () => undefined,
    write(text: string) { written.push(text); response.writableNeedDrain = written.length >= room; return !response.writableNeedDrain; },
    end() { response.emit('close'); },
    destroy() { response.destroyed = true; response.emit('close'); },
  });
  return { response, written, as: response as unknown as ServerResponse };
}
const open = (response: ServerResponse, all: EventRow[], stallMs: number) =>
  openStream({
    response, from: 0, stallMs, keepAliveMs: 60_000, maySee: async () => true, stillWelcome: async () => true,
    tail: { after: async (id, limit) => all.filter((r) => r.id > id).slice(0, limit), onMore: () => () => undefined },
  });

describe('the stream of one watcher', () => {
  it('goes on in order where a slow watcher takes up again', async () => {
    const w = watcher(3);
    const stream = open(w.as, rows(5), 10_000);
    while (w.written.length < 3) await new Promise((r) => setImmediate(r));
    stream.progress({ kind: 'task', subject: 't', event: 'progress', payload: {} }); // lost, not kept, while it is full
    await new Promise((r) => setImmediate(r));
    assert.equal(w.written.length, 3);
    w.response.write = (text: string) => { w.written.push(text); return true; };
    w.response.writableNeedDrain = false;
    w.response.emit('drain');
    while (w.written.length < 6) await new Promise((r) => setImmediate(r));
    assert.deepEqual(w.written.slice(1).map((t) => /^id: (\d+)/.exec(t)?.[1]), ['1', '2', '3', '4', '5']);
    stream.end();
    await stream.done;
  });
  it('is cut when the watcher takes nothing for too long', async () => {
    const w = watcher(2);
    await open(w.as, rows(1000), 10).done;
    assert.ok(w.response.destroyed);
    assert.equal(w.written.length, 2);
  });
});
