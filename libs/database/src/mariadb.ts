// MariaDB through mysql2: a pool that throws dead connections away, READ COMMITTED, and a fresh connection for each retry.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import mysql2 from 'mysql2';
import { DataSource, type QueryRunner } from 'typeorm';
import { databaseError, isContention } from './errors.ts';
import { oneTransaction } from './one-transaction.ts';
import { CommitUnknown, retried } from './retry.ts';
import type { Database, RawRow, Sql } from './sql.ts';
import type { Schema } from './schema.ts';
import type { DatabaseAddress } from './url.ts';

const POOL_SIZE = 16;
const CONNECT_TIMEOUT_MS = 5_000;
/** A server that is stopped (not gone) answers nothing at all: after that long the connection is given up. */
const SILENCE_TIMEOUT_MS = 30_000;
const CHECK_TIMEOUT_MS = 3_000;
/** A single read changes nothing, so giving it up loses nothing: a request must not wait as long as a transaction may. */
const READ_TIMEOUT_MS = 4_000;

/** READ COMMITTED: every change is a compare-and-set, and gap locks would only bring deadlocks. */
const SESSION = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 5",
];
/** MariaDB 10.6.18 and later, and MariaDB only; others do not know the name. */
const SESSION_WHERE_KNOWN = [
  'SET SESSION innodb_snapshot_isolation = ON',
  // A process that is stopped, or whose host went away, in the middle of a transaction keeps its locks: nobody must wait for it for ever.
  'SET SESSION idle_transaction_timeout = 8',
];

/** @throws DATABASE_UNAVAILABLE when there is no answer in time; what was asked goes on without anybody listening */
async function within<T>(ms: number, asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => { timer = setTimeout(() => reject(new CloudError('DATABASE_UNAVAILABLE', say('databaseLate', { seconds: ms / 1000 }))), ms); });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** mysql2 with every new connection of a pool set up before its first statement. */
function driver(log: Logger): typeof mysql2 {
  return {
    ...mysql2,
    createPool(options: mysql2.PoolOptions) {
      const pool = mysql2.createPool(options);
      pool.on('connection', (connection) => {
        // One without handlers would end the process when the server goes away.
        connection.on('error', (e: Error) => log.warn({ reason: e.message }, 'a database connection broke'));
        const giveUp = (e: Error | null): void => {
          if (!e) return;
          log.warn({ reason: e.message }, 'a new database connection could not be set up');
          connection.destroy();
        };
        for (const statement of SESSION) connection.query(statement, giveUp);
        for (const statement of SESSION_WHERE_KNOWN) connection.query(statement, () => undefined);
      });
      return pool;
    },
  } as typeof mysql2;
}

function sqlOn(query: (statement: string, params: unknown[]) => Promise<{ raw: unknown; affected?: number | undefined }>): Sql {
  return {
    kind: 'mariadb', forUpdate: ' FOR UPDATE', forShare: ' LOCK IN SHARE MODE',
    async rows(statement, params = []) {
      try {
        return (await query(statement, params)).raw as RawRow[];
      } catch (e) {
        throw databaseError(e);
      }
    },
    async run(statement, params = []) {
      try {
        return (await query(statement, params)).affected ?? 0;
      } catch (e) {
        throw databaseError(e);
      }
    },
  };
}

export async function openMariadb(address: DatabaseAddress & { kind: 'mariadb' }, schema: Schema, log: Logger): Promise<Database> {
  const dataSource = new DataSource({
    type: 'mariadb', driver: driver(log), host: address.host, port: address.port, username: address.user, password: address.password, database: address.database,
    charset: 'utf8mb4_bin', connectTimeout: CONNECT_TIMEOUT_MS, poolSize: POOL_SIZE,
    entities: schema.entities('mariadb'), migrations: schema.migrations, migrationsTransactionMode: 'none', logging: false,
    enableQueryTimeout: true, maxQueryExecutionTime: SILENCE_TIMEOUT_MS,
    // FOUND_ROWS: an UPDATE to the same values has matched; everything counts rows that way.
    extra: { flags: ['FOUND_ROWS'], enableKeepAlive: true, keepAliveInitialDelay: 10_000, maxIdle: 8, idleTimeout: 60_000 },
  });
  await dataSource.initialize();
  const guard = oneTransaction();

  const withRunner = async <T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> => {
    const runner = dataSource.createQueryRunner();
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  };

  const once = <T>(work: (sql: Sql) => Promise<T>): Promise<T> => withRunner(async (runner) => {
    const sql = sqlOn((statement, params) => runner.query(statement, params, true));
    try {
      await sql.run('START TRANSACTION');
      const result = await guard.inside(() => work(sql));
      // A cluster may refuse at the commit (then nothing happened); only a lost answer leaves it open.
      await sql.run('COMMIT').catch((e: unknown) => { throw isContention(e) ? e : new CommitUnknown(e); });
      return result;
    } catch (e) {
      // Whatever is left open on it must not reach the next user of the connection.
      await sql.run('ROLLBACK').catch(async () => ((await runner.connect().catch(() => null)) as mysql2.PoolConnection | null)?.destroy());
      throw e;
    }
  });

  const single = sqlOn((statement, params) => {
    guard.refuseInside();
    return withRunner((runner) => runner.query(statement, params, true));
  });

  return {
    kind: 'mariadb', dataSource,
    sql: {
      ...single,
      // A read may hit a connection that died since its last use; a second one is harmless. A change may have happened: only a deadlock says it did not.
      rows: (statement, params) => within(READ_TIMEOUT_MS, retried(() => single.rows(statement, params))),
      run: (statement, params) => retried(() => single.run(statement, params), isContention),
    },
    async transaction(work) {
      guard.refuseInside();
      return retried(() => once(work));
    },
    async check() {
      try {
        await within(CHECK_TIMEOUT_MS, withRunner((runner) => runner.query('SELECT 1')));
        return null;
      } catch (e) {
        return databaseError(e);
      }
    },
    close: () => dataSource.destroy(),
  };
}
