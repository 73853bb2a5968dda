// From an EntitySchema to the few statements a store needs, without a query builder between: that one costs more than the database.
// Rows go in and come out as the interface has them; the entity's transformers do the rest.
import type { EntitySchema, ValueTransformer } from 'typeorm';
import type { DatabaseKind, RawList, SqlValue } from './sql.ts';

/** With `?` in it, and their values. */
export interface Statement { text: string; params: SqlValue[] }

/** Statements of one table, and its rows as the application has them. */
export interface Table<Row> {
  readonly name: string;
  /** `a`, `b`, … for a SELECT; with an alias: t.`a`, … Hidden columns (`select: false`) are left out. */
  columns(alias?: string): string;
  insert(...rows: Array<Row & Record<string, unknown>>): Statement;
  /** Inserts, or where the key is there already sets `columns` to the new values. Two words for it in two databases. */
  upsert(kind: DatabaseKind, row: Row & Record<string, unknown>, key: string, columns: string[]): Statement;
  /** "`a` = ?, `b` = ?" for what is defined in `set`; null = nothing is. */
  assign(set: { [K in keyof Row]?: Row[K] | undefined } & Record<string, unknown>): Statement | null;
  /** "SELECT `a`, `b`, … FROM name" and the rest. The same text for the same rest, so that it is put together once. */
  select(rest: string): string;
  /** A list of values as `columns` names them, from that place on. */
  read(raw: RawList, from?: number): Row;
  /** How many values a row has in a SELECT. */
  readonly width: number;
}

/** Lists of ids make many texts: those are not worth keeping. */
const SELECTS_KEPT = 100;

/** Made once per entity: it keeps the texts it has put together. */
export function table<Row>(entity: EntitySchema<Row>): Table<Row> {
  const { name, columns } = entity.options;
  const all = Object.entries(columns as Record<string, { transformer?: ValueTransformer; select?: boolean }>);
  const shown = all.filter(([, column]) => column.select !== false);
  const byName = new Map(all);
  const write = (column: string, value: unknown): SqlValue => {
    const transformer = byName.get(column)?.transformer;
    return ((transformer ? transformer.to(value) : value) ?? null) as SqlValue;
  };
  const insertHead = `INSERT INTO ${name} (${all.map(([column]) => `\`${column}\``).join(', ')}) VALUES `;
  const insertMarks = `(${all.map(() => '?').join(', ')})`;
  const lists = new Map<string, string>();
  const selects = new Map<string, string>();
  const names = shown.map(([column]) => column);
  const readers = shown.map(([, { transformer }]) => transformer?.from.bind(transformer) as ((value: unknown) => unknown) | undefined);
  const insert = (...rows: Array<Record<string, unknown>>): Statement => ({
    text: insertHead + rows.map(() => insertMarks).join(', '),
    params: rows.flatMap((row) => all.map(([column]) => write(column, row[column]))),
  });
  return {
    name,
    insert,
    upsert(kind, row, key, changed) {
      const { text, params } = insert(row);
      const tail = kind === 'mariadb'
        ? ` ON DUPLICATE KEY UPDATE ${changed.map((c) => `\`${c}\` = VALUES(\`${c}\`)`).join(', ')}`
        : ` ON CONFLICT (\`${key}\`) DO UPDATE SET ${changed.map((c) => `\`${c}\` = excluded.\`${c}\``).join(', ')}`;
      return { text: text + tail, params };
    },
    columns(alias = '') {
      let list = lists.get(alias);
      if (list === undefined) {
        list = shown.map(([column]) => `${alias ? `${alias}.` : ''}\`${column}\``).join(', ');
        lists.set(alias, list);
      }
      return list;
    },
    assign(set) {
      const given = Object.entries(set).filter(([column, value]) => value !== undefined && byName.has(column));
      if (given.length === 0) return null;
      return { text: given.map(([column]) => `\`${column}\` = ?`).join(', '), params: given.map(([column, value]) => write(column, value)) };
    },
    select(rest) {
      let text = selects.get(rest);
      if (text === undefined) {
        text = `SELECT ${this.columns()} FROM ${name} ${rest}`;
        if (selects.size < SELECTS_KEPT) selects.set(rest, text);
      }
      return text;
    },
    width: names.length,
    read(raw, from = 0) {
      const row: Record<string, unknown> = {};
      for (let i = 0; i < names.length; i += 1) {
        const reader = readers[i];
        row[names[i] as string] = reader ? reader(raw[from + i]) : raw[from + i];
      }
      return row as Row;
    },
  };
}

/** "?, ?, ?" */
export const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ');
