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
import type { Database, RawRow, Sql, SqlValue } from './sql.ts';
import type { Schema } from './schema.ts';

const require = createRequire(import.meta.url);
/** Waiting inside SQLite stops the whole process, so it is kept short; the longer wait for another process's lock is ours. */
const BUSY_TIMEOUT_MS = 20;
const LOCK_WAIT_MS = 5_000;
const SLOW_TRANSACTION_MS = 5_000;

/** What we use of libsql's connection. Asked directly: TypeORM in between costs more than SQLite itself. */
interface RawStatement { reader: boolean; all(...params: SqlValue[]): RawRow[]; run(...params: SqlValue[]): { changes: number } }
interface RawConnection { pragma(text: string): RawRow[]; prepare(text: string): RawStatement }

/** Lists of ids make texts of many lengths; beyond this the oldest are prepared again. */
const STATEMENTS_KEPT = 500;

function sqlOn(connection: RawConnection): Sql {
  const prepared = new Map<string, RawStatement>();
  const statementOf = (text: string): RawStatement => {
    let statement = prepared.get(text);
    if (!statement) {
      statement = connection.prepare(text);
      if (prepared.size >= STATEMENTS_KEPT) prepared.delete(prepared.keys().next().value as string);
      prepared.set(text, statement);
    }
    return statement;
  };
  return {
    kind: 'sqlite', forUpdate: '', forShare: '',
    async rows(statement, params = []) {
      try {
        return statementOf(statement).all(...params);
      } catch (e) {
        throw databaseError(e);
      }
    },
    async run(statement, params = []) {
      try {
        return statementOf(statement).run(...params).changes;
      } catch (e) {
        throw databaseError(e);
      }
    },
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

/** First come, first served. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
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
  const inTurn = queue();
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

  async function once<T>(work: (sql: Sql) => Promise<T>): Promise<{ result: T; lasting: Promise<void> }> {
    const startedAt = Date.now();
    let wrote = false;
    const sql: Sql = { ...inner, run: (statement, params) => { wrote = true; return inner.run(statement, params); } };
    // IMMEDIATE: another process on the same file is waited for here, not in the middle.
    await patiently(() => inner.run('BEGIN IMMEDIATE'));
    try {
      const result = await guard.inside(() => work(sql));
      await inner.run('COMMIT');
      // Asked for in this turn, so that whoever reads next finds somebody waiting.
      return { result, lasting: wrote ? onDisk() : settled() };
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

  return {
    kind: 'sqlite', dataSource,
    sql: {
      ...inner,
      async rows(statement, params) {
        const found = await outside(async () => ({ rows: await inner.rows(statement, params), lasting: settled() }));
        await found.lasting;
        if (++reads % READS_AT_A_TIME === 0) await new Promise((resolve) => setImmediate(resolve));
        return found.rows;
      },
      async run(statement, params) {
        const done = await outside(async () => ({ changes: await patiently(() => inner.run(statement, params)), lasting: onDisk() }));
        await done.lasting;
        return done.changes;
      },
    },
    async transaction(work) {
      guard.refuseInside();
      const { result, lasting } = await retried(() => inTurn(() => once(work)));
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
