// Who watches the event stream through every break sees each event once and in order.
import type { SeenEvent } from '../history.ts';
import { grouped } from './grouped.ts';
import type { Invariant } from './interface.ts';

/** A watcher whose line died silently notices by its keep-alive; what came in that time may still be on its way. */
const MAY_LAG_MS = 60_000;

export const everyEventOnce: Invariant = {
  id: 'E1',
  promises: 'a watcher that comes back with its Last-Event-ID misses no event and sees none twice',
  check({ db, history, quietAt }) {
    const seen = history.filter((e): e is SeenEvent => e.kind === 'seen' && e.what === 'event' && e.id !== null);
    return [...grouped(seen, (e) => e.watcher)].flatMap(([watcher, all]) => {
      const start = all.find((e) => e.event === 'ready')?.id ?? all[0]?.id ?? 0;
      const events = all.filter((e) => e.event !== 'ready');
      const ids = events.map((e) => e.id as number);
      const wrong = ids.flatMap((id, i) => {
        const before = ids[i - 1] ?? 0;
        if (id === before) return [`the watcher ${watcher} saw event ${id} twice`];
        return id < before ? [`the watcher ${watcher} saw event ${id} after ${before}`] : [];
      });
      const got = new Set(ids);
      const last = ids.at(-1) ?? start;
      const missed = db.events.filter((e) => e.id > start && (e.id <= last || (quietAt !== null && e.at < quietAt - MAY_LAG_MS)) && !got.has(e.id)).map((e) => e.id);
      return [...wrong, ...(missed.length > 0 ? [`the watcher ${watcher} missed ${missed.length} events: ${missed.slice(0, 10).join(', ')}`] : [])];
    });
  },
};
