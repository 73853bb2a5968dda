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

/** @param where conditions over alias t, joined by AND */
export async function pageOf<Row extends { createdAt: number }>(
  session: Session, from: Table<Row>, key: keyof Row & string, page: PageRequest, where: string[], params: SqlValue[],
): Promise<PageOf<Row>> {
  const conditions = [...where];
  const values = [...params];
  if (page.cursor !== undefined) {
    const { at, id } = decode(page.cursor);
    // The first half lets the index begin at the right place.
    conditions.push(`t.createdAt <= ? AND (t.createdAt < ? OR t.${key} < ?)`);
    values.push(at, at, id);
  }
  const filter = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const raw = await session.sql.lists(`SELECT ${from.columns('t')} FROM ${from.name} t ${filter} ORDER BY t.createdAt DESC, t.${key} DESC LIMIT ${Math.max(1, Math.trunc(page.limit)) + 1}`, values);
  const items = raw.slice(0, page.limit).map((r) => from.read(r));
  const last = items.at(-1);
  return { items, next: raw.length > page.limit && last ? encode(last.createdAt, String(last[key])) : null };
}
