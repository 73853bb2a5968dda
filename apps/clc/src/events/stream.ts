// One watcher: rows after its last id, in order, as fast as it reads; progress in between when it keeps up. Too slow: dropped, it comes back with Last-Event-ID.
import type { ServerResponse } from 'node:http';
import type { EventRow } from '../store/interface.ts';
import type { EventTail } from './tail.ts';

export interface StreamDeps {
  response: ServerResponse;
  tail: Pick<EventTail, 'after' | 'onMore'>;
  /** Id of the last row the watcher has. */
  from: number;
  maySee(kind: EventRow['kind'], subject: string): Promise<boolean>;
  /** Asked at each keep-alive; false ends the stream (logged out meanwhile). */
  stillWelcome(): Promise<boolean>;
  keepAliveMs: number;
  /** A watcher that takes nothing for this long is dropped. */
  stallMs: number;
}

export interface Stream {
  progress(how: { kind: EventRow['kind']; subject: string; event: string; payload: unknown }): void;
  /** Resolves when it is over, whoever ended it. */
  done: Promise<void>;
  end(): void;
}

const BATCH = 200;

export function openStream(deps: StreamDeps): Stream {
  const { response, tail } = deps;
  let position = deps.from;
  let pumping = false;
  let more = false;
  let over = false;
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => { finish = resolve; });

  /** Waits until the watcher has taken what was written. */
  const taken = (): Promise<void> =>
    new Promise((resolve) => {
      const stalled = setTimeout(() => response.destroy(), deps.stallMs);
      const go = (): void => { clearTimeout(stalled); response.off('drain', go).off('close', go); resolve(); };
      response.on('drain', go).on('close', go);
    });
  const write = async (text: string): Promise<void> => {
    if (!over && !response.write(text)) await taken();
  };

  async function pump(): Promise<void> {
    if (pumping) { more = true; return; }
    pumping = true;
    try {
      do {
        more = false;
        const rows = await tail.after(position, BATCH);
        for (const row of rows) {
          if (over) return;
          position = row.id;
          if (await deps.maySee(row.kind, row.subject)) await write(`id: ${row.id}\nevent: ${row.kind}\ndata: ${JSON.stringify(row.payload)}\n\n`);
        }
        if (rows.length === BATCH) more = true;
      } while (more && !over);
    } catch {
      response.destroy(); // the database went away: the browser reconnects from where it is
    } finally {
      pumping = false;
    }
  }

  function end(): void {
    if (over) return;
    over = true;
    stopTail();
    clearInterval(alive);
    response.end();
    finish();
  }

  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' });
  response.on('close', end).on('error', end);
  // So that a watcher that saw nothing yet also knows where to go on.
  response.write(`retry: 2000\nid: ${position}\nevent: ready\ndata: {}\n\n`);
  const alive = setInterval(() => {
    if (response.writableNeedDrain) return;
    void deps.stillWelcome().then((welcome) => (welcome ? write(': alive\n\n') : end()), () => undefined);
  }, deps.keepAliveMs);
  alive.unref();
  const stopTail = tail.onMore(() => void pump());
  void pump();

  return {
    progress({ kind, subject, event, payload }) {
      if (over || response.writableNeedDrain) return;
      void deps.maySee(kind, subject).then((may) => { if (may && !over && !response.writableNeedDrain) response.write(`event: ${event}\ndata: ${JSON.stringify(payload)}\n\n`); }, () => undefined);
    },
    done,
    end,
  };
}
