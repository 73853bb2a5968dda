// One schema on MariaDB and SQLite: connections, migrations, transactions, and errors in our words.
export type { Database, DatabaseKind, RawList, RawRow, Sql, SqlValue, TransactionSql, Write } from './sql.ts';
export type { Schema } from './schema.ts';
export { columns, type Columns } from './columns.ts';
export { isDuplicate } from './errors.ts';
export { openDatabase, type OpenDatabase } from './open.ts';
export { marks, table, type Statement, type Table } from './table.ts';
export { parseDatabaseUrl } from './url.ts';
