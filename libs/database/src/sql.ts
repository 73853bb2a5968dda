// What a store sees of a database: statements with `?` in them, rows, and how many rows a change matched. Both adapters give exactly this.
import type { CloudError } from '@educloud/errors';
import type { DataSource } from 'typeorm';

export type DatabaseKind = 'mariadb' | 'sqlite';
export type SqlValue = string | number | boolean | null;
/** A row as the driver gives it: bigint columns are strings on MariaDB and numbers on SQLite. Tables turn it into ours. */
export type RawRow = Record<string, unknown>;
export type RawList = readonly unknown[];

/** Statements of one connection. All throw DATABASE_UNAVAILABLE when nothing answers, or somebody is in the way for too long. */
export interface Sql {
  readonly kind: DatabaseKind;
  /** Ends a SELECT whose row is changed next in the same transaction; empty on SQLite, where nobody else writes meanwhile. */
  readonly forUpdate: '' | ' FOR UPDATE';
  /** Ends a SELECT of a row that must only stay as it is until the commit: several may hold it at once. */
  readonly forShare: '' | ' LOCK IN SHARE MODE';
  /** Ends a SELECT for a change of any one row: those that others hold are passed over. Empty on SQLite likewise. */
  readonly skipLocked: '' | ' FOR UPDATE SKIP LOCKED';
  rows(statement: string, params?: SqlValue[]): Promise<RawRow[]>;
  /** The same, each row as the list of its values in the order of the SELECT: half the price of objects. */
  lists(statement: string, params?: SqlValue[]): Promise<RawList[]>;
  /** The first row alone. */
  first(statement: string, params?: SqlValue[]): Promise<RawList | undefined>;
  /**
   * Rows that were matched, also when they held these values already (MariaDB: CLIENT_FOUND_ROWS; SQLite counts so by itself).
   * @throws CONFLICT with `isDuplicate` when a unique key is taken; the transaction stays usable.
   */
  run(statement: string, params?: SqlValue[]): Promise<number>;
}

/** A change that is made with the commit. */
export interface Write {
  text: string;
  params: SqlValue[];
  /** What it is when no row matched. Absent: any number is right. */
  orElse?: () => CloudError;
  /** `text` is "FROM … WHERE …" and must find a row. It is looked for, nothing is changed; where others write too, the row stays as it is until the commit. */
  check?: true;
}

/** The same inside a transaction. */
export interface TransactionSql extends Sql {
  /** Made in this order just before the commit; on MariaDB in one round trip with it. What `orElse` says takes the transaction back. */
  lastly(writes: readonly Write[]): void;
}

export interface Database {
  readonly kind: DatabaseKind;
  /** For the schema-drift test; nobody else needs it. */
  readonly dataSource: DataSource;
  /** Single statements outside any transaction. On SQLite they wait for the open one instead of joining it. */
  readonly sql: Sql;
  /**
   * Commits when `work` resolves. Deadlocks, lock timeouts, lost races (CONFLICT) and connections lost before the commit are
   * tried again, five times in all, so `work` may run more than once. Using `sql` of the database or a second transaction
   * inside throws: on SQLite it would wait for itself.
   * @param behind lets those go first for whom somebody waits
   */
  transaction<T>(work: (sql: TransactionSql) => Promise<T>, behind?: boolean): Promise<T>;
  /** Asks the database something trivial, 3 s at most; null = it answers. */
  check(): Promise<CloudError | null>;
  close(): Promise<void>;
}
