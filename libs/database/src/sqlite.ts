// SQLite through libsql: one connection, so a queue in front of it. The embedded database of an all-in-one cloud.
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { createWalSync, type WalSync } from '@educloud/wal-sync';
import { DataSource } from 'typeorm';
import { databaseError, isContention } from './errors.ts';
import { oneTransaction } from './one-transaction.ts';
import { retried } from './retry.ts';
import type { Database, RawList, RawRow, Sql, SqlValue, TransactionSql, Write } from './sql.ts';
import type { Schema } from './schema.ts';
import { createTurns } from './turns.ts';

const require = createRequire(import.meta.url);
/** Waiting inside SQLite stops the whole process, so it is kept short; the longer wait for another process's lock is ours. */
const BUSY_TIMEOUT_MS = 20;
const LOCK_WAIT_MS = 5_000;
const SLOW_TRANSACTION_MS = 5_000;

/** What we use of libsql's connection. Asked directly: TypeORM in between costs more than SQLite itself. */
interface RawStatement<Row> { all(params: SqlValue[]): Row[]; get(params: SqlValue[]): Row | undefined; run(params: SqlValue[]): { changes: number } }
interface RawConnection { pragma(text: string): RawRow[]; prepare(text: string): RawStatement<RawRow> & { raw(): RawStatement<RawList> } }

/** Lists of ids make texts of many lengths; beyond this the oldest are prepared again. */
const STATEMENTS_KEPT = 500;

function prepared<Row>(prepare: (text: string) => RawStatement<Row>): (text: string) => RawStatement<Row> {
  const known = new Map<string, RawStatement<Row>>();
  return (text) => {
    let statement = known.get(text);
    if (!statement) {
      statement = prepare(text);
      if (known.size >= STATEMENTS_KEPT) known.delete(known.keys().next().value as string);
      known.set(text, statement);
    }
    return statement;
  };
}

function sqlOn(connection: RawConnection): Sql {
  const objects = prepared((text) => connection.prepare(text));
  const lists = prepared((text) => connection.prepare(text).raw());
  const told = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (e) {
      throw databaseError(e);
    }
  };
  return {
    kind: 'sqlite', forUpdate: '', forShare: '', skipLocked: '',
    rows: (statement, params = []) => told(() => objects(statement).all(params)),
    lists: (statement, params = []) => told(() => lists(statement).all(params)),
    first: (statement, params = []) => told(() => lists(statement).get(params)),
    run: (statement, params = []) => told(() => objects(statement).run(params).changes),
  };
}

/** Again while another process holds the lock on the file. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + LOCK_WAIT_MS; ;) {
    try {
      return await work();
    } catch (e) {
      if (!isContention(e) || Date.now() > until) throw e;
      await delay(5 + Math.random() * 15);
    }
  }
}

/** SQLite answers at once: whoever reads in a loop would otherwise never let a timer or a message come in between. */
const READS_AT_A_TIME = 32;

/** Many in a row, each of them at once, would let no request come in between. */
async function politely<T>(work: () => Promise<T>): Promise<T> {
  const done = await work();
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

export async function openSqlite(path: string, schema: Schema, log: Logger): Promise<Database> {
  const dataSource = new DataSource({
    type: 'better-sqlite3', driver: require('libsql'), database: path, timeout: BUSY_TIMEOUT_MS, statementCacheSize: 500,
    entities: schema.entities('sqlite'), migrations: schema.migrations, migrationsTransactionMode: 'none', logging: false,
    enableWAL: path !== ':memory:',
  });
  await dataSource.initialize();
  const connection = (dataSource.driver as unknown as { databaseConnection: RawConnection }).databaseConnection;
  // A commit that was answered survives a power cut: either SQLite waits for the disk in each, or we do, for many at once and beside the work.
  const wal: WalSync | null = connection.pragma('journal_mode')[0]?.['journal_mode'] === 'wal' ? createWalSync(path) : null;
  connection.pragma(`synchronous = ${wal ? 'NORMAL' : 'FULL'}`);
  const inner = sqlOn(connection);
  const turns = createTurns({ places: 1, kept: 0 });
  const inTurn = turns.take;
  const guard = oneTransaction();
  let reads = 0;

  const onDisk = async (): Promise<void> => {
    try {
      await wal?.synced();
    } catch (e) {
      throw new CloudError('DATABASE_UNAVAILABLE', 'the database cannot be written to its disk', { cause: e });
    }
  };
  /** What a reader saw may have been committed a moment ago: nobody may be told of it before it lasts. */
  const settled = async (): Promise<void> => {
    try {
      await wal?.settled();
    } catch (e) {
      throw new CloudError('DATABASE_UNAVAILABLE', 'the database cannot be written to its disk', { cause: e });
    }
  };

  async function make({ text, params, orElse, check }: Write): Promise<void> {
    const matched = check ? (await inner.first(`SELECT 1 ${text} LIMIT 1`, params)) !== undefined : (await inner.run(text, params)) > 0;
    if (!matched && orElse) throw orElse();
  }

  async function once<T>(work: (sql: TransactionSql) => Promise<T>): Promise<{ result: T; lasting: Promise<void> }> {
    const startedAt = Date.now();
    let wrote = false;
    const last: Write[] = [];
    const sql: TransactionSql = { ...inner, run: (statement, params) => { wrote = true; return inner.run(statement, params); }, lastly: (writes) => void last.push(...writes) };
    // IMMEDIATE: another process on the same file is waited for here, not in the middle.
    await patiently(() => inner.run('BEGIN IMMEDIATE'));
    try {
      const result = await guard.inside(() => work(sql));
      for (const write of last) await make(write);
      wrote ||= last.length > 0;
      await inner.run('COMMIT');
      // Asked for in this turn, so that whoever reads next finds somebody waiting. Who asked for the transaction hears how it went, perhaps a moment later.
      const lasting = wrote ? onDisk() : settled();
      lasting.catch(() => undefined);
      return { result, lasting };
    } catch (e) {
      // A full disk ends the transaction by itself; then there is nothing to roll back.
      await inner.run('ROLLBACK').catch(() => undefined);
      throw e;
    } finally {
      const ms = Date.now() - startedAt;
      if (ms > SLOW_TRANSACTION_MS) log.warn({ ms }, 'a transaction kept everybody else waiting');
    }
  }

  const outside = async <T>(work: () => Promise<T>): Promise<T> => {
    guard.refuseInside();
    return inTurn(work);
  };

  /** A read outside any transaction: in its turn, and told only when what it saw lasts. */
  const readAlone = async <T>(work: () => Promise<T>): Promise<T> => {
    const found = await outside(async () => ({ seen: await work(), lasting: settled() }));
    await found.lasting;
    if (++reads % READS_AT_A_TIME === 0) await new Promise((resolve) => setImmediate(resolve));
    return found.seen;
  };

  return {
    kind: 'sqlite', dataSource,
    sql: {
      ...inner,
      rows: (statement, params) => readAlone(() => inner.rows(statement, params)),
      lists: (statement, params) => readAlone(() => inner.lists(statement, params)),
      first: (statement, params) => readAlone(() => inner.first(statement, params)),
      async run(statement, params) {
        const done = await outside(async () => ({ changes: await patiently(() => inner.run(statement, params)), lasting: onDisk() }));
        await done.lasting;
        return done.changes;
      },
    },
    async transaction(work, behind = false) {
      guard.refuseInside();
      const { result, lasting } = await retried(() => inTurn(behind ? () => politely(() => once(work)) : () => once(work), behind));
      await lasting; // the next transaction is under way already
      return result;
    },
    check: () => inner.rows('SELECT 1').then(() => null, databaseError),
    close: async () => {
      await inTurn(() => wal?.close() ?? Promise.resolve());
      await inTurn(() => dataSource.destroy());
    },
  };
}
