// Empty databases of both kinds for tests of the store: a private MariaDB (one per test file), and SQLite files in a directory of their own.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMariadb, type MariadbServer } from '../../tools/servers/mariadb.ts';

export interface Databases {
  readonly kind: 'mariadb' | 'sqlite';
  start(): Promise<void>;
  /** URL of a database in which nothing is. */
  fresh(): Promise<string>;
  stop(): Promise<void>;
}

export function sqliteFiles(): Databases {
  let dir = '';
  let made = 0;
  return {
    kind: 'sqlite',
    async start() { dir = mkdtempSync(join(tmpdir(), 'educloud-sqlite-')); },
    fresh: async () => `sqlite:${join(dir, `${(made += 1)}.db`)}`,
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
  return {
    kind: 'mariadb',
    server,
    async start() {
      dir = mkdtempSync(join(tmpdir(), 'educloud-mariadb-'));
      chmodSync(dir, 0o755); // the server runs as another user
      running = await startMariadb({ dir: join(dir, 'db') });
    },
    fresh: () => server().createDatabase(`t${(made += 1)}`),
    async stop() {
      await running?.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
