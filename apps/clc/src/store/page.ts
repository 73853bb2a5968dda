// Pages of lists, newest first. The cursor is the place of the last row that was shown, so rows that come or go between two pages shift nothing.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { SqlValue, Table } from '@educloud/database';
import type { PageOf, PageRequest } from './interface.ts';
import type { Session } from './session.ts';

const encode = (at: number, id: string): string => Buffer.from(`${at},${id}`).toString('base64url');

function decode(cursor: string): { at: number; id: string } {
  const [at, id] = Buffer.from(cursor, 'base64url').toString().split(',');
  if (!at || !/^\d{1,15}$/.test(at) || !id) throw new CloudError('BAD_REQUEST', say('notOurCursor'), { data: { field: 'cursor' } });
  return { at: Number(at), id };
}

/** Another table that says which rows and in which order: a table with the same key and `createdAt`, and an index of what it is asked for. */
export interface Through { table: string; alias: string }

/** @param where conditions over alias t (and that of `through`), joined by AND */
export async function pageOf<Row extends { createdAt: number }>(
  session: Session, from: Table<Row>, key: keyof Row & string, page: PageRequest, where: string[], params: SqlValue[], through?: Through,
): Promise<PageOf<Row>> {
  const conditions = [...where];
  const values = [...params];
  const by = through?.alias ?? 't';
  if (page.cursor !== undefined) {
    const { at, id } = decode(page.cursor);
    // The first half lets the index begin at the right place.
    conditions.push(`${by}.createdAt <= ? AND (${by}.createdAt < ? OR ${by}.${key} < ?)`);
    values.push(at, at, id);
  }
  const filter = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  // Both databases would begin with the other table, and sort.
  const inOrder = session.sql.kind === 'mariadb' ? 'STRAIGHT_JOIN' : 'CROSS JOIN';
  const rows = through ? `${through.table} ${by} ${inOrder} ${from.name} t ON t.${key} = ${by}.${key}` : `${from.name} t`;
  const raw = await session.sql.lists(`SELECT ${from.columns('t')} FROM ${rows} ${filter} ORDER BY ${by}.createdAt DESC, ${by}.${key} DESC LIMIT ${Math.max(1, Math.trunc(page.limit)) + 1}`, values);
  const items = raw.slice(0, page.limit).map((r) => from.read(r));
  const last = items.at(-1);
  return { items, next: raw.length > page.limit && last ? encode(last.createdAt, String(last[key])) : null };
}
