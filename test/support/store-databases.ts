// Databases of both kinds for tests of the store: a private MariaDB (one per test file), and SQLite files in a directory of their own.
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@educloud/log';
import { createConnection } from 'mysql2/promise';
import { openStore } from '../../apps/clc/src/store/index.ts';
import { startMariadb, type MariadbServer } from '../../tools/servers/mariadb.ts';

export interface Databases {
  readonly kind: 'mariadb' | 'sqlite';
  start(): Promise<void>;
  /** URL of a database in which nothing is. */
  fresh(): Promise<string>;
  /** URL of a database with the tables of a new cloud: a copy of one that was migrated, for each table takes a while. */
  migrated(): Promise<string>;
  stop(): Promise<void>;
}

/** At once: both find an empty database and only one may make the tables. */
async function migrate(url: string): Promise<string> {
  const open = () => openStore({ url, log: silentLog(), now: Date.now });
  await Promise.all((await Promise.all([open(), open()])).map((store) => store.close()));
  return url;
}

export function sqliteFiles(): Databases {
  let dir = '';
  let made = 0;
  let template: Promise<string> | undefined;
  const fresh = (): string => `sqlite:${join(dir, `${(made += 1)}.db`)}`;
  const fileOf = (url: string): string => url.slice('sqlite:'.length);
  return {
    kind: 'sqlite',
    async start() { dir = mkdtempSync(join(tmpdir(), 'educloud-sqlite-')); },
    fresh: async () => fresh(),
    async migrated() {
      const from = await (template ??= migrate(fresh()));
      const url = fresh();
      copyFileSync(fileOf(from), fileOf(url));
      return url;
    },
    async stop() { rmSync(dir, { recursive: true, force: true }); },
  };
}

export function privateMariadb(): Databases & { server(): MariadbServer } {
  let dir = '';
  let running: MariadbServer | undefined;
  let made = 0;
  const server = (): MariadbServer => {
    if (!running) throw new Error('the private MariaDB is not running');
    return running;
  };
  let template: Promise<string> | undefined;
  const fresh = (): Promise<string> => server().createDatabase(`t${(made += 1)}`);
  return {
    kind: 'mariadb',
    server,
    async start() {
      dir = mkdtempSync(join(tmpdir(), 'educloud-mariadb-'));
      chmodSync(dir, 0o755); // the server runs as another user
      running = await startMariadb({ dir: join(dir, 'db') });
    },
    fresh,
    async migrated() {
      const from = new URL(await (template ??= fresh().then(migrate))).pathname.slice(1);
      const url = await fresh();
      const connection = await createConnection({ uri: url, multipleStatements: true });
      try {
        const [tables] = await connection.query('SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ?', [from]);
        await connection.query((tables as { name: string }[]).map(({ name }) => `CREATE TABLE \`${name}\` LIKE ${from}.\`${name}\`; INSERT INTO \`${name}\` SELECT * FROM ${from}.\`${name}\``).join(';'));
      } finally {
        await connection.end();
      }
      return url;
    },
    async stop() {
      await running?.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
