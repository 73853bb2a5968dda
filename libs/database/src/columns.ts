// The column types our entities use, so that TypeORM sees the same schema on both databases: string ids, epoch-ms times, JSON as text.
import type { EntitySchemaColumnOptions } from 'typeorm';
import type { DatabaseKind } from './sql.ts';

type Column = EntitySchemaColumnOptions;
type More = Pick<Column, 'nullable' | 'primary' | 'select' | 'default'>;

/** bigint comes as string from MariaDB and as number from SQLite. All of ours stay below 2^53. */
const number = { to: (v: unknown) => v, from: (v: unknown) => (v === null || v === undefined ? null : Number(v)) };
const json = {
  to: (v: unknown) => (v === null || v === undefined ? null : JSON.stringify(v)),
  from: (v: unknown) => (typeof v === 'string' ? (JSON.parse(v) as unknown) : null),
};
const flag = { to: (v: unknown) => (v ? 1 : 0), from: (v: unknown) => Number(v) === 1 };

export function columns(kind: DatabaseKind) {
  return {
    text: (length: number, more: More = {}): Column => ({ type: 'varchar', length, ...more }),
    longText: (more: More = {}): Column => ({ type: 'text', ...more }),
    int: (more: More = {}): Column => ({ type: 'integer', transformer: number, ...more }),
    /** Times in epoch ms, sizes in bytes. */
    big: (more: More = {}): Column => ({ type: 'bigint', transformer: number, ...more }),
    flag: (more: More = {}): Column => ({ type: 'integer', transformer: flag, ...more }),
    /** MariaDB's text ends at 64 KiB; placements and envelopes may be longer. */
    json: (more: More = {}): Column => ({ type: kind === 'mariadb' ? 'mediumtext' : 'text', transformer: json, ...more }),
  };
}
export type Columns = ReturnType<typeof columns>;
