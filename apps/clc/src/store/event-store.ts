// The event stream in the database. Numbers come from one row that is raised as the last act of a transaction and stays locked until its
// commit (on MariaDB all of that is one round trip). So numbers become visible in their own order and without gaps: whoever has read up to n can never miss an n-1 that commits late,
// and nobody has to wait for one. (An AUTO_INCREMENT is given out at the insert: its gaps would have to be waited for, or be lost.)
// The lock is short, taken after all others (so it takes part in no deadlock), and InnoDB frees it before it waits for the disk.
import type { Write } from '@educloud/database';
import type { EventStore } from './interface.ts';
import { firstNumber, many, type Event, type Session } from './session.ts';

const HEAD = 'SELECT lastId FROM event_head';

export function eventStore(session: Session): EventStore {
  const { sql, tables: { events }, now } = session;
  return {
    append: (kind, subject, payload) => session.atomic(async (s) => s.note({ kind, subject, payload, at: now() })),
    after: (id, limit) => many(session, events, `WHERE id > ? ORDER BY id LIMIT ${Math.max(1, Math.trunc(limit))}`, [id]),
    lastId: async () => firstNumber(await sql.first(HEAD)),
    trim: (before) => sql.run('DELETE FROM events WHERE at < ?', [before]),
  };
}

/** What only told of progress is not told when the same transaction tells of the task again. */
export function worthTelling(noted: readonly Event[]): Event[] {
  const last = new Map(noted.map((event) => [event.subject, event]));
  return noted.filter((event) => event.minor !== true || last.get(event.subject) === event);
}

/** The last writes of a transaction. */
export function eventWrites(noted: readonly Event[]): Write[] {
  if (noted.length === 0) return [];
  // The row is ours after the first: what it says need not be fetched to be used.
  const each = noted.map(() => `((${HEAD}) - ?, ?, ?, ?, ?)`).join(', ');
  return [
    { text: 'UPDATE event_head SET lastId = lastId + ?', params: [noted.length] },
    { text: `INSERT INTO events (id, kind, subject, payload, at) VALUES ${each}`, params: noted.flatMap(({ kind, subject, payload, at }, i) => [noted.length - 1 - i, kind, subject, payload === null ? null : JSON.stringify(payload), at]) },
  ];
}
