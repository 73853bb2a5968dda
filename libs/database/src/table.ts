// From an EntitySchema to the few statements a store needs, without a query builder between: that one costs more than the database.
// Rows go in and come out as the interface has them; the entity's transformers do the rest.
import type { EntitySchema, ValueTransformer } from 'typeorm';
import type { DatabaseKind, RawRow, SqlValue } from './sql.ts';

export interface Statement { text: string; params: SqlValue[] }

export interface Table<Row> {
  readonly name: string;
  /** `a`, `b`, … for a SELECT; with an alias: t.`a`, … Hidden columns (`select: false`) are left out. */
  columns(alias?: string): string;
  insert(...rows: Array<Row & Record<string, unknown>>): Statement;
  /** Inserts, or where the key is there already sets `columns` to the new values. Two words for it in two databases. */
  upsert(kind: DatabaseKind, row: Row & Record<string, unknown>, key: string, columns: string[]): Statement;
  /** "`a` = ?, `b` = ?" for what is defined in `set`; null = nothing is. */
  assign(set: { [K in keyof Row]?: Row[K] | undefined } & Record<string, unknown>): Statement | null;
  read(raw: RawRow): Row;
}

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
    read(raw) {
      const row: Record<string, unknown> = {};
      for (const [column, { transformer }] of shown) row[column] = transformer ? transformer.from(raw[column]) : raw[column];
      return row as Row;
    },
  };
}

/** "?, ?, ?" */
export const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ');
