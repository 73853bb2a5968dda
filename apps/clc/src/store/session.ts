// What every part of the store works with: a connection (one transaction, or none), the tables, a clock, and a way to be one transaction.
import { isDuplicate, type RawList, type Sql, type SqlValue, type Statement, type Table } from '@educloud/database';
import type { Tables } from './tables.ts';
import type { UnitOfWork } from './unit-of-work.ts';

export interface Event {
  kind: 'task' | 'node' | 'image' | 'instance' | 'batch'; subject: string; payload: unknown; at: number;
  /** The state is the same as before. */
  minor?: boolean;
}

export interface Session {
  sql: Sql;
  tables: Tables;
  now(): number;
  /** Inside a transaction: just does it. On `store.read`: opens one for it, so that no call is ever half done. */
  atomic<T>(work: (inside: Session) => Promise<T>): Promise<T>;
  /** Null outside a transaction. */
  unit: UnitOfWork | null;
  /** Kept until just before the commit; only inside a transaction. */
  note(event: Event): void;
}

export async function one<Row>(session: Session, from: Table<Row>, where: string, params: SqlValue[]): Promise<Row | null> {
  const raw = await session.sql.first(from.select(`WHERE ${where}`), params);
  return raw ? from.read(raw) : null;
}

/** By its key, once per transaction: what it was then is what the transaction decides by. */
export async function known<Row extends object>(session: Session, from: Table<Row>, id: string, read: () => Promise<Row | null>): Promise<Row | null> {
  const { unit } = session;
  const there = unit?.known<Row>(from.name, id) ?? null;
  if (there) return there;
  const row = await read();
  if (row) unit?.remember(from.name, id, row);
  return row;
}

export async function many<Row>(session: Session, from: Table<Row>, rest: string, params: SqlValue[]): Promise<Row[]> {
  return (await session.sql.lists(from.select(rest), params)).map((raw) => from.read(raw));
}

export const execute = (session: Session, { text, params }: Statement): Promise<number> => session.sql.run(text, params);

/** False: the key is taken. That ends the statement only, not the transaction, on both databases. */
export async function insertUnlessThere(session: Session, statement: Statement): Promise<boolean> {
  try {
    await execute(session, statement);
    return true;
  } catch (e) {
    if (isDuplicate(e)) return false;
    throw e;
  }
}

/** UPDATE of what is given, where it matches; true = a row matched. An empty change only asks whether it would. */
export async function change<Row>(
  session: Session, in_: Table<Row>, set: { [K in keyof Row]?: Row[K] | undefined } & Record<string, unknown>, where: string, params: SqlValue[], also: string[] = [],
): Promise<boolean> {
  const given = in_.assign(set);
  const parts = [...(given ? [given.text] : []), ...also];
  if (parts.length === 0) return (await session.sql.rows(`SELECT 1 FROM ${in_.name} WHERE ${where}`, params)).length > 0;
  session.unit?.forget(in_.name);
  return (await session.sql.run(`UPDATE ${in_.name} SET ${parts.join(', ')} WHERE ${where}`, [...(given?.params ?? []), ...params])) > 0;
}

export const firstNumber = (raw: RawList | undefined): number => Number(raw?.[0] ?? 0);
export const count = async (session: Session, text: string, params: SqlValue[] = []): Promise<number> => firstNumber(await session.sql.first(text, params));
