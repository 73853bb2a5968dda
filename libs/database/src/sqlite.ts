// SQLite through libsql: one connection, so a queue in front of it. The embedded database of an all-in-one cloud.
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@educloud/log';
import { DataSource, type QueryRunner } from 'typeorm';
import { databaseError, isContention } from './errors.ts';
import { oneTransaction } from './one-transaction.ts';
import { retried } from './retry.ts';
import type { Database, RawRow, Sql } from './sql.ts';
import type { Schema } from './schema.ts';

const require = createRequire(import.meta.url);
/** Waiting inside SQLite stops the whole process, so it is kept short; the longer wait for another process's lock is ours. */
const BUSY_TIMEOUT_MS = 20;
const LOCK_WAIT_MS = 5_000;
const SLOW_TRANSACTION_MS = 5_000;

interface RawConnection { pragma(text: string): unknown }

function sqlOn(runner: QueryRunner): Sql {
  return {
    kind: 'sqlite', forUpdate: '',
    async rows(statement, params = []) {
      try {
        return (await runner.query(statement, params)) as RawRow[];
      } catch (e) {
        throw databaseError(e);
      }
    },
    async run(statement, params = []) {
      try {
        return (await runner.query(statement, params, true)).affected ?? 0;
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
    // FULL: a commit that was answered survives a power cut. NORMAL would be faster and lose the last ones.
    prepareDatabase: (db: RawConnection) => void db.pragma('synchronous = FULL'),
  });
  await dataSource.initialize();
  const runner = dataSource.createQueryRunner();
  const inner = sqlOn(runner);
  const inTurn = queue();
  const guard = oneTransaction();

  async function once<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const startedAt = Date.now();
    // IMMEDIATE: another process on the same file is waited for here, not in the middle.
    await patiently(() => inner.run('BEGIN IMMEDIATE'));
    try {
      const result = await guard.inside(() => work(inner));
      await inner.run('COMMIT');
      return result;
    } catch (e) {
      // A full disk ends the transaction by itself; then there is nothing to roll back.
      await inner.run('ROLLBACK').catch(() => undefined);
      throw e;
    } finally {
      const ms = Date.now() - startedAt;
      if (ms > SLOW_TRANSACTION_MS) log.warn({ ms }, 'a transaction kept everybody else waiting');
    }
  }

  const outside = <T>(work: () => Promise<T>): Promise<T> => {
    guard.refuseInside();
    return inTurn(work);
  };

  return {
    kind: 'sqlite', dataSource,
    sql: {
      ...inner,
      rows: async (statement, params) => outside(() => inner.rows(statement, params)),
      run: async (statement, params) => outside(() => patiently(() => inner.run(statement, params))),
    },
    async transaction(work) {
      guard.refuseInside();
      return retried(() => inTurn(() => once(work)));
    },
    check: () => inner.rows('SELECT 1').then(() => null, databaseError),
    close: async () => inTurn(() => dataSource.destroy()),
  };
}
