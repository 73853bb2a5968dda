// A private Redis. The password stands in a 0600 file, not on the command line.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { freePort } from './ports.ts';
import { endByPidFile, endProcess, inDir, livePid, makeDir, readJson, spawnDetached, waitReady, writeAtomic } from './process.ts';

export interface RedisServer {
  pid: number;
  port: number;
  /** redis://:password@127.0.0.1:port */
  url: string;
  /** Every database is empty afterwards. */
  flushAll(): Promise<void>;
  stop(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
}

interface State {
  port: number;
  password: string;
}

/** Does it answer this one-word command with this word? */
const answers = ({ port, password }: State, command: string, word: string): Promise<boolean> =>
  new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`AUTH ${password}\r\n${command}\r\n`));
    const done = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, done(false));
    socket.on('data', (d) => {
      text += String(d);
      if (text.includes(word)) done(true)();
    });
    socket.once('error', done(false)).once('close', done(false));
  });

export async function startRedis({ dir, port }: { dir: string; port?: number }): Promise<RedisServer> {
  const at = inDir(dir);
  makeDir(dir);
  const known = readJson<State>(at('state.json'));
  const state: State = { port: port ?? known?.port ?? (await freePort()), password: known?.password ?? randomBytes(18).toString('hex') };
  writeAtomic(at('state.json'), JSON.stringify(state));
  writeAtomic(
    at('redis.conf'),
    // A cache only: nothing is written to disk, and the oldest go when it is full.
    ['bind 127.0.0.1', `port ${state.port}`, `requirepass ${state.password}`, `dir ${dir}`, 'save ""', 'appendonly no', 'daemonize no', 'maxmemory 64mb', 'maxmemory-policy allkeys-lru', 'databases 64', ''].join('\n'),
  );
  const launch = async (): Promise<number> => {
    const pid = spawnDetached({ argv: ['redis-server', at('redis.conf')], cwd: dir, logFile: at('console.log'), pidFile: at('server.pid') });
    await waitReady('Redis', pid, at('console.log'), () => answers(state, 'PING', 'PONG'), 20_000);
    return pid;
  };
  const server: RedisServer = {
    pid: livePid(at('server.pid')) ?? (await launch()),
    port: state.port,
    url: `redis://:${state.password}@127.0.0.1:${state.port}`,
    async flushAll() {
      // Both commands say OK.
      if (!(await answers(state, 'FLUSHALL', '+OK\r\n+OK'))) throw new Error('Redis was not emptied');
    },
    stop: () => stopRedis({ dir }),
    kill: (signal = 'SIGKILL') => endProcess(server.pid, signal),
    async restart() {
      await endProcess(server.pid);
      server.pid = await launch();
    },
  };
  return server;
}

export const stopRedis = ({ dir }: { dir: string }): Promise<void> => endByPidFile(inDir(dir)('server.pid'));
