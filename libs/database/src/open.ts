// The one way to a database. Waits for it when it is not up yet; the CLC's store calls it at start.
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@educloud/log';
import { databaseError, isConnectionTrouble, isContention } from './errors.ts';
import { openMariadb } from './mariadb.ts';
import { migrate } from './migrate.ts';
import type { Schema } from './schema.ts';
import type { Database } from './sql.ts';
import { openSqlite } from './sqlite.ts';
import { describeAddress, parseDatabaseUrl } from './url.ts';

export interface OpenDatabase extends Schema {
  url: string;
  log: Logger;
  /** How long a database that is not up yet is waited for. Default 30 s. */
  waitMs?: number;
}

/** @throws DATABASE_UNAVAILABLE nothing answers within `waitMs`, or the user or database is refused (at once) */
export async function openDatabase(options: OpenDatabase): Promise<Database> {
  const address = parseDatabaseUrl(options.url);
  const name = describeAddress(address);
  const until = Date.now() + (options.waitMs ?? 30_000);
  for (let wait = 100, told = false; ; wait = Math.min(wait * 2, 1_000)) {
    let db: Database | null = null;
    try {
      db = await (address.kind === 'sqlite' ? openSqlite(address.path, options, options.log) : openMariadb(address, options, options.log));
      await migrate(db, options.log);
      return db;
    } catch (e) {
      await db?.close().catch(() => undefined);
      const error = databaseError(e);
      const mayPass = isConnectionTrouble(error) || isContention(error);
      if (!mayPass || Date.now() + wait > until) throw error;
      if (!told) options.log.warn({ database: name, reason: error.message }, 'waiting for the database');
      told = true;
      await delay(wait);
    }
  }
}
