// The event stream in the database. Numbers come from one row that is raised as the last act of a transaction and stays locked until its
// commit. So numbers become visible in their own order and without gaps: whoever has read up to n can never miss an n-1 that commits late,
// and nobody has to wait for one. (An AUTO_INCREMENT is given out at the insert: its gaps would have to be waited for, or be lost.)
// The lock is short, taken after all others (so it takes part in no deadlock), and InnoDB frees it before it waits for the disk.
import type { EventStore } from './interface.ts';
import { execute, firstNumber, many, type Event, type Session } from './session.ts';

const HEAD = 'SELECT lastId FROM event_head';

export function eventStore(session: Session): EventStore {
  const { sql, tables: { events }, now } = session;
  return {
    append: (kind, subject, payload) => session.atomic(async (s) => s.note({ kind, subject, payload, at: now() })),
    after: (id, limit) => many(session, events, `WHERE id > ? ORDER BY id LIMIT ${Math.max(1, Math.trunc(limit))}`, [id]),
    lastId: async () => firstNumber((await sql.rows(HEAD))[0]),
    trim: (before) => sql.run('DELETE FROM events WHERE at < ?', [before]),
  };
}

/** The last statements of a transaction. */
export async function writeEvents(session: Session, noted: readonly Event[]): Promise<void> {
  if (noted.length === 0) return;
  await session.sql.run('UPDATE event_head SET lastId = lastId + ?', [noted.length]);
  const last = firstNumber((await session.sql.rows(HEAD))[0]);
  await execute(session, session.tables.events.insert(...noted.map((event, i) => ({ ...event, id: last - noted.length + 1 + i }))));
}
