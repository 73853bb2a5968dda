// The end of the event table, read once for all who watch: the newest rows stay in memory, older ones come from the database.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { asCloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { ProgressCache } from '@educloud/progress';
import type { EventRow, Store } from '../store/interface.ts';

export interface EventTail {
  start(): Promise<void>;
  /** Id of the newest row known. */
  cursor(): number;
  after(id: number, limit: number): Promise<EventRow[]>;
  /** Called when there may be newer rows. */
  onMore(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface EventTailDeps {
  store: Pick<Store, 'read' | 'onEvents'>;
  progress: Pick<ProgressCache, 'listen' | 'notify'>;
  log: Logger;
}

const KEPT_ROWS = 1000;
const BATCH = 500;
/** Wake-ups may be lost (Redis is only a cache): look anyway while somebody watches. */
const LOOK_EVERY_MS = 2_000;
/** After a look the next one waits this long: in a rush of events one look, and one word to the other processes, is for many. */
const REST_MS = 20;

export function createEventTail({ store, progress, log }: EventTailDeps): EventTail {
  const listeners = new Set<() => void>();
  const stops: Array<() => void> = [];
  let rows: EventRow[] = [];
  let from = 0; // rows hold everything with from < id <= cursor
  let cursor = 0;
  let reading: Promise<void> | null = null;
  let again = false;
  let rest = Promise.resolve();
  /** Events of this process of which the others have not heard. */
  let untold = false;
  let closed = false;
  /** Tells the wake-ups of this process, which has looked already, from those of others. */
  const me = randomUUID();

  async function readOn(): Promise<void> {
    do {
      await rest;
      if (closed) return;
      again = false;
      if (untold) progress.notify('events', { by: me });
      untold = false;
      const fresh = await store.read.events.after(cursor, BATCH);
      if (fresh.length < BATCH) rest = pause(REST_MS);
      if (fresh.length === 0) continue;
      rows.push(...fresh);
      cursor = (fresh[fresh.length - 1] as EventRow).id;
      if (rows.length > KEPT_ROWS) {
        const dropped = rows.splice(0, rows.length - KEPT_ROWS);
        from = (dropped[dropped.length - 1] as EventRow).id;
      }
      if (fresh.length === BATCH) again = true;
      for (const listener of listeners) listener();
    } while (again && !closed);
  }
  function wake(): void {
    again = true;
    if (closed) return;
    reading ??= readOn()
      .catch((e: unknown) => log.warn({ err: asCloudError(e, 'reading events') }, 'events could not be read; it is tried again'))
      .finally(() => {
        reading = null;
        if (again) wake(); // asked for after the last look
      });
  }

  return {
    async start() {
      from = cursor = await store.read.events.lastId();
      rows = [];
      stops.push(
        store.onEvents(() => { untold = true; wake(); }),
        progress.listen('events', (said) => { if ((said as { by?: unknown } | null)?.by !== me) wake(); }),
      );
      const timer = setInterval(() => { if (listeners.size > 0) wake(); }, LOOK_EVERY_MS);
      timer.unref();
      stops.push(() => clearInterval(timer));
    },
    cursor: () => cursor,
    async after(id, limit) {
      if (id < from) return store.read.events.after(id, limit);
      const at = rows.findIndex((row) => row.id > id);
      return at < 0 ? [] : rows.slice(at, at + limit);
    },
    onMore(listener) {
      listeners.add(listener);
      wake();
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      for (const stop of stops.splice(0)) stop();
      listeners.clear();
      await reading;
    },
  };
}
