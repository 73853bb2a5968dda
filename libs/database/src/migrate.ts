// Brings the schema up to date, safely when several processes start at once: one works, the others wait and find nothing to do.
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { databaseError } from './errors.ts';
import type { Database } from './sql.ts';

const LOCK_WAIT_S = 60;

export async function migrate(db: Database, log: Logger): Promise<void> {
  const before = Date.now();
  try {
    const done = await (db.kind === 'mariadb' ? onMariadb(db) : onSqlite(db));
    if (done.length > 0) log.info({ migrations: done, ms: Date.now() - before }, 'the database schema is up to date');
  } catch (e) {
    throw databaseError(e);
  }
}

const run = async (db: Database): Promise<string[]> => (await db.dataSource.runMigrations({ transaction: 'none' })).map((m) => m.name);

/** The lock belongs to the connection: it is free again when its holder dies. */
async function onMariadb(db: Database): Promise<string[]> {
  const holder = db.dataSource.createQueryRunner();
  const name = `educloud:${String(db.dataSource.options.database)}`.slice(0, 64);
  try {
    const [answer] = (await holder.query('SELECT GET_LOCK(?, ?) AS got', [name, LOCK_WAIT_S])) as Array<{ got: number | string | null }>;
    if (Number(answer?.got) !== 1) throw new CloudError('DATABASE_UNAVAILABLE', `another process has been changing the schema for ${LOCK_WAIT_S} s`);
    const done = await run(db);
    await holder.query('SELECT RELEASE_LOCK(?)', [name]);
    return done;
  } finally {
    await holder.release();
  }
}

/** DDL is transactional here, and IMMEDIATE makes the others wait. Foreign keys cannot be switched inside a transaction. */
async function onSqlite(db: Database): Promise<string[]> {
  const runner = db.dataSource.createQueryRunner();
  await runner.query('PRAGMA foreign_keys = OFF');
  await runner.query('BEGIN IMMEDIATE');
  try {
    const done = await run(db);
    await runner.query('COMMIT');
    return done;
  } catch (e) {
    await runner.query('ROLLBACK').catch(() => undefined);
    throw e;
  } finally {
    await runner.query('PRAGMA foreign_keys = ON');
  }
}
