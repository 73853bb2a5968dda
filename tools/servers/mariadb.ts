// A private MariaDB, small in memory. User and first database come from an init file (0600) that the server reads itself.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { freePort } from './ports.ts';
import { asUser, endByPidFile, endProcess, inDir, isRoot, livePid, makeDir, ownerNamed, readJson, spawnDetached, waitReady, writeAtomic } from './process.ts';

const USER = 'mysql';
const STOP_GRACE_MS = 20_000;

export interface MariadbServer {
  pid: number;
  port: number;
  /** mysql://educloud:password@127.0.0.1:port/educloud */
  url: string;
  /** Creates the database unless it is there; its URL. */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
}

interface State {
  port: number;
  password: string;
}

const urlOf = (state: State, database: string): string => `mysql://educloud:${state.password}@127.0.0.1:${state.port}/${database}`;

async function query(state: State, sql: string): Promise<void> {
  const connection = await createConnection({ host: '127.0.0.1', port: state.port, user: 'educloud', password: state.password, connectTimeout: 2_000 });
  try {
    await connection.query(sql);
  } finally {
    await connection.end().catch(() => undefined);
  }
}

const nameOnly = (name: string): string => {
  if (!/^[a-z][a-z0-9_]{0,50}$/.test(name)) throw new Error(`not a database name: ${name}`);
  return name;
};

function writeConfig(dir: string, state: State): void {
  const at = inDir(dir);
  writeAtomic(
    at('init.sql'),
    [
      "SET @@session.sql_log_bin = 0;",
      'CREATE DATABASE IF NOT EXISTS educloud CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;',
      `CREATE USER IF NOT EXISTS 'educloud'@'127.0.0.1' IDENTIFIED BY '${state.password}';`,
      "GRANT ALL ON *.* TO 'educloud'@'127.0.0.1';",
      '',
    ].join('\n'),
  );
  writeAtomic(
    at('my.cnf'),
    [
      '[mysqld]',
      `datadir=${at('data')}`,
      `port=${state.port}`,
      'bind-address=127.0.0.1',
      `socket=${at('s.sock')}`,
      `pid-file=${at('own.pid')}`,
      `tmpdir=${at('tmp')}`,
      `init-file=${at('init.sql')}`,
      'skip-log-bin',
      'skip-name-resolve',
      'performance-schema=OFF',
      'innodb-buffer-pool-size=32M',
      'innodb-log-file-size=16M',
      'innodb-log-buffer-size=4M',
      'innodb-buffer-pool-dump-at-shutdown=OFF',
      'innodb-buffer-pool-load-at-startup=OFF',
      'innodb-read-io-threads=2',
      'innodb-write-io-threads=2',
      'innodb-purge-threads=1',
      'aria-pagecache-buffer-size=1M',
      'key-buffer-size=1M',
      'query-cache-size=0',
      'table-open-cache=400',
      'table-definition-cache=400',
      'max-connections=200',
      'thread-stack=256K',
      'character-set-server=utf8mb4',
      'collation-server=utf8mb4_bin',
      'transaction-isolation=REPEATABLE-READ',
      '',
    ].join('\n'),
  );
  if (isRoot()) for (const f of ['init.sql', 'my.cnf']) chownSync(at(f), ownerNamed(USER).uid, ownerNamed(USER).gid);
}

export async function startMariadb({ dir, port }: { dir: string; port?: number }): Promise<MariadbServer> {
  const at = inDir(dir);
  const owner = isRoot() ? ownerNamed(USER) : undefined;
  makeDir(dir, owner);
  const known = readJson<State>(at('state.json'));
  const state: State = { port: port ?? known?.port ?? (await freePort()), password: known?.password ?? randomBytes(18).toString('hex') };
  writeAtomic(at('state.json'), JSON.stringify(state));
  writeConfig(dir, state);
  // Its own: at its start a server removes every temporary table it finds there, also those of its neighbours.
  makeDir(at('tmp'), owner);
  if (!existsSync(join(at('data'), 'initialised'))) {
    makeDir(at('data'), owner);
    const argv = ['--no-defaults', `--datadir=${at('data')}`, `--tmpdir=${at('tmp')}`, '--auth-root-authentication-method=normal', '--skip-test-db', '--innodb-log-file-size=16M', ...(isRoot() ? [`--user=${USER}`] : [])];
    await promisify(execFile)('mysql_install_db', argv, { timeout: 120_000 });
    writeAtomic(join(at('data'), 'initialised'), ''); // a half-made directory is made again
  }
  const launch = async (): Promise<number> => {
    const argv = [...asUser(USER), 'mariadbd', `--defaults-file=${at('my.cnf')}`];
    const pid = spawnDetached({ argv, cwd: dir, logFile: at('console.log'), pidFile: at('server.pid') });
    const answers = (): Promise<boolean> => query(state, 'SELECT 1').then(() => true, () => false);
    await waitReady('MariaDB', pid, at('console.log'), answers);
    return pid;
  };
  const server: MariadbServer = {
    pid: livePid(at('server.pid')) ?? (await launch()),
    port: state.port,
    url: urlOf(state, 'educloud'),
    async createDatabase(name) {
      await query(state, `CREATE DATABASE IF NOT EXISTS \`${nameOnly(name)}\``);
      return urlOf(state, name);
    },
    dropDatabase: (name) => query(state, `DROP DATABASE IF EXISTS \`${nameOnly(name)}\``),
    stop: () => stopMariadb({ dir }),
    kill: (signal = 'SIGKILL') => endProcess(server.pid, signal, STOP_GRACE_MS),
    async restart() {
      await endProcess(server.pid, 'SIGTERM', STOP_GRACE_MS);
      server.pid = await launch();
    },
  };
  return server;
}

export const stopMariadb = ({ dir }: { dir: string }): Promise<void> => endByPidFile(inDir(dir)('server.pid'), STOP_GRACE_MS);
