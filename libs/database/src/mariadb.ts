// MariaDB through mysql2: a pool that throws dead connections away, READ COMMITTED, and a fresh connection for each retry.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import mysql2 from 'mysql2';
import { DataSource } from 'typeorm';
import { databaseError, isContention, isDuplicate } from './errors.ts';
import { oneTransaction } from './one-transaction.ts';
import { CommitUnknown, retried } from './retry.ts';
import type { Database, RawList, RawRow, Sql, SqlValue, TransactionSql, Write } from './sql.ts';
import type { Schema } from './schema.ts';
import { createTurns } from './turns.ts';
import type { DatabaseAddress } from './url.ts';

const POOL_SIZE = 16;
/** Of the pool, for those for whom somebody waits: the engine never has them all. */
const KEPT_FOR_REQUESTS = 6;
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

type Connection = mysql2.PoolConnection;

/** Asked directly: TypeORM in between costs more than the answer. */
function ask<Answer>(connection: Connection, sql: string, values: SqlValue[], rowsAsArray = false, failure: (e: unknown) => CloudError = databaseError): Promise<Answer> {
  return new Promise((resolve, reject) => {
    connection.query({ sql, rowsAsArray, timeout: SILENCE_TIMEOUT_MS }, values, (e, answer) => (e ? reject(failure(e)) : resolve(answer as Answer)));
  });
}

/** Thrown by a statement of `committing` whose `orElse` applies: its number, and which write it was. */
const NOT_MATCHED = 31_001;

/** The writes and the commit as one compound statement: a round trip, and whoever waits for a row of it waits for the server alone. */
function committing(writes: readonly Write[], begun: boolean): { text: string; params: SqlValue[] } {
  const unmatched = (i: number): string => `SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = ${NOT_MATCHED}, MESSAGE_TEXT = '${i}'`;
  const parts = writes.map(({ text, orElse, check }, i) => {
    // Without the lock the row could change before the commit.
    if (check) return `SET @found = NULL; SELECT 1 INTO @found ${text} LIMIT 1 LOCK IN SHARE MODE; IF @found IS NULL THEN ${unmatched(i)}; END IF;`;
    return orElse ? `${text}; IF ROW_COUNT() = 0 THEN ${unmatched(i)}; END IF;` : `${text};`;
  });
  return { text: `BEGIN NOT ATOMIC ${begun ? '' : 'START TRANSACTION; '}${parts.join(' ')} COMMIT; END`, params: writes.flatMap((write) => write.params) };
}

/** Not by the words of the driver but by those of the write it was about. */
function unmatchedWrite(e: unknown, writes: readonly Write[]): CloudError | null {
  const { errno, sqlMessage } = e as { errno?: unknown; sqlMessage?: unknown };
  return errno === NOT_MATCHED ? (writes[Number(sqlMessage)]?.orElse?.() ?? null) : null;
}

/** @param on lends a connection to one statement */
function sqlOn(on: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>): Sql {
  return {
    kind: 'mariadb', forUpdate: ' FOR UPDATE', forShare: ' LOCK IN SHARE MODE', skipLocked: ' FOR UPDATE SKIP LOCKED',
    rows: (statement, params = []) => on((c) => ask<RawRow[]>(c, statement, params)),
    lists: (statement, params = []) => on((c) => ask<RawList[]>(c, statement, params, true)),
    first: (statement, params = []) => on(async (c) => (await ask<RawList[]>(c, statement, params, true))[0]),
    run: (statement, params = []) => on(async (c) => (await ask<mysql2.ResultSetHeader>(c, statement, params)).affectedRows),
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
  const turns = createTurns({ places: POOL_SIZE, kept: KEPT_FOR_REQUESTS });

  const { pool } = dataSource.driver as unknown as { pool: mysql2.Pool };

  const lend = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = await new Promise<Connection>((resolve, reject) => pool.getConnection((e, c) => (e ? reject(databaseError(e)) : resolve(c))));
    try {
      return await work(connection);
    } finally {
      connection.release();
    }
  };

  /** MySQL has no compound statements outside procedures. */
  const compound = await lend(async (connection) => String((await ask<RawList[]>(connection, 'SELECT VERSION()', [], true))[0]?.[0]).includes('MariaDB'));

  async function commit(connection: Connection, writes: readonly Write[], begun: boolean): Promise<void> {
    if (!begun && writes.length === 0) return;
    const sql = sqlOn((asks) => asks(connection));
    // A cluster may refuse at the commit (then nothing happened); only a lost answer leaves it open.
    const maybe = (e: unknown): never => { throw isContention(e) || isDuplicate(e) ? e : new CommitUnknown(e); };
    if (!compound || writes.length === 0) {
      if (!begun) await sql.run('START TRANSACTION');
      for (const { text, params, orElse, check } of writes) {
        const matched = check ? (await sql.first(`SELECT 1 ${text} LIMIT 1 LOCK IN SHARE MODE`, params)) !== undefined : (await sql.run(text, params)) > 0;
        if (!matched && orElse) throw orElse();
      }
      return void (await sql.run('COMMIT').catch(maybe));
    }
    let refused: CloudError | null = null;
    const { text, params } = committing(writes, begun);
    await ask(connection, text, params, false, (e) => (refused = unmatchedWrite(e, writes)) ?? databaseError(e)).catch((e: unknown) => (refused ? Promise.reject(refused) : maybe(e)));
  }

  const once = <T>(work: (sql: TransactionSql) => Promise<T>): Promise<T> => lend(async (connection) => {
    const last: Write[] = [];
    // With its first statement: one that only has writes for its end is a single round trip, and a SELECT takes the beginning along.
    let begun: Promise<unknown> | null = null;
    const inside = sqlOn(async (asks) => {
      await (begun ??= ask(connection, 'START TRANSACTION', []));
      return asks(connection);
    });
    const select = async <Rows>(text: string, params: SqlValue[], rowsAsArray: boolean): Promise<Rows> => {
      if (!begun && compound) {
        const first = ask<[Rows, unknown]>(connection, `BEGIN NOT ATOMIC START TRANSACTION; ${text}; END`, params, rowsAsArray);
        begun = first;
        return (await first)[0];
      }
      await (begun ??= ask(connection, 'START TRANSACTION', []));
      return ask<Rows>(connection, text, params, rowsAsArray);
    };
    const sql: TransactionSql = {
      ...inside,
      rows: (text, params = []) => select(text, params, false),
      lists: (text, params = []) => select(text, params, true),
      first: async (text, params = []) => (await select<RawList[]>(text, params, true))[0],
      lastly: (writes) => void last.push(...writes),
    };
    try {
      const result = await guard.inside(() => work(sql));
      // Nobody may have listened when it could not begin: nothing is written then.
      if (begun) await begun;
      await commit(connection, last, begun !== null);
      return result;
    } catch (e) {
      // Whatever is left open on it must not reach the next user of the connection.
      await ask(connection, 'ROLLBACK', []).catch(() => connection.destroy());
      throw e;
    }
  });

  const single = sqlOn((asks) => {
    guard.refuseInside();
    return lend(asks);
  });
  /** A read may hit a connection that died since its last use; a second one is harmless. */
  const reading = <T>(read: () => Promise<T>): Promise<T> => within(READ_TIMEOUT_MS, retried(read));

  return {
    kind: 'mariadb', dataSource,
    sql: {
      ...single,
      rows: (statement, params) => reading(() => single.rows(statement, params)),
      lists: (statement, params) => reading(() => single.lists(statement, params)),
      first: (statement, params) => reading(() => single.first(statement, params)),
      // A change may have happened: only a deadlock says it did not.
      run: (statement, params) => retried(() => single.run(statement, params), isContention),
    },
    async transaction(work, behind = false) {
      guard.refuseInside();
      return retried(() => turns.take(() => once(work), behind));
    },
    async check() {
      try {
        await within(CHECK_TIMEOUT_MS, lend((connection) => ask(connection, 'SELECT 1', [])));
        return null;
      } catch (e) {
        return databaseError(e);
      }
    },
    close: () => dataSource.destroy(),
  };
}
