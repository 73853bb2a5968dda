// A private RabbitMQ with an epmd of its own. One user per vhost, of the same name, so that nobody can reach another vhost.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { freePorts } from './ports.ts';
import { asUser, endByPidFile, endProcess, inDir, isRoot, livePid, makeDir, ownerNamed, PATH_OF_SERVERS, readJson, spawnDetached, waitReady, writeAtomic } from './process.ts';

const BIN = '/usr/lib/rabbitmq/bin'; // not the /usr/sbin wrapper: it insists on the system's own broker
const USER = 'rabbitmq';
const STOP_GRACE_MS = 20_000;

export interface RabbitOptions {
  dir: string;
  port?: number;
  /** Default: `clc` and `cluster-1`. */
  vhosts?: string[];
  /** `large`: for thousands of nodes with connections of their own. Default `small`. */
  size?: RabbitSize;
}

export type RabbitSize = 'small' | 'large';
/** A queue of a node takes a quarter of a megabyte, a connection a tenth and a dozen Erlang processes; above its memory the broker lets nobody speak. */
const LIMITS: Record<RabbitSize, { memory: string; processes: number }> = { small: { memory: '2GB', processes: 65_536 }, large: { memory: '8GB', processes: 1_048_576 } };

export interface RabbitServer {
  pid: number;
  port: number;
  vhosts: string[];
  /** amqp://VHOST:password@127.0.0.1:port/VHOST */
  url(vhost: string): string;
  /**
   * Whether the broker has written down that this quorum queue exists. RabbitMQ 3.10 keeps that in a cache for about two seconds;
   * killed hard before, it comes back with a queue that never elects a leader.
   */
  knowsQuorumQueue(vhost: string, queue: string): boolean;
  /** Output of `rabbitmqctl -q ARGS`. */
  control(...args: string[]): Promise<string>;
  raiseDiskAlarm(): Promise<void>;
  clearDiskAlarm(): Promise<void>;
  stop(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
}

interface State {
  size: RabbitSize;
  port: number;
  epmdPort: number;
  distPort: number;
  passwords: Record<string, string>;
}

/** RabbitMQ's rabbit_password_hashing_sha256: salt and sha256(salt + password). */
function hashPassword(password: string): string {
  const salt = randomBytes(4);
  return Buffer.concat([salt, createHash('sha256').update(salt).update(password).digest()]).toString('base64');
}

const DISK_FREE_LIMIT = '200MB';

function writeConfig(dir: string, state: State): void {
  const at = inDir(dir);
  const vhosts = Object.keys(state.passwords);
  const definitions = {
    users: vhosts.map((name) => ({ name, password_hash: hashPassword(state.passwords[name] as string), hashing_algorithm: 'rabbit_password_hashing_sha256', tags: [], limits: {} })),
    vhosts: vhosts.map((name) => ({ name })),
    permissions: vhosts.map((name) => ({ user: name, vhost: name, configure: '.*', write: '.*', read: '.*' })),
  };
  writeAtomic(at('definitions.json'), JSON.stringify(definitions));
  writeAtomic(
    at('rabbitmq.conf'),
    [
      `listeners.tcp.local = 127.0.0.1:${state.port}`,
      `load_definitions = ${at('definitions.json')}`,
      `vm_memory_high_watermark.absolute = ${LIMITS[state.size].memory}`,
      `disk_free_limit.absolute = ${DISK_FREE_LIMIT}`,
      'num_acceptors.tcp = 2',
      'tcp_listen_options.backlog = 4096',
      'tcp_listen_options.nodelay = true',
      'collect_statistics_interval = 60000',
      'log.console = false',
      'log.file.level = warning',
      '',
    ].join('\n'),
  );
  writeAtomic(at('enabled_plugins'), '[].\n');
  if (isRoot()) for (const f of ['definitions.json', 'rabbitmq.conf', 'enabled_plugins']) chownSync(at(f), ownerNamed(USER).uid, ownerNamed(USER).gid);
}

const environment = (dir: string, state: State): Record<string, string> => {
  const at = inDir(dir);
  return {
    PATH: PATH_OF_SERVERS,
    HOME: dir,
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(state.epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'educloud@localhost',
    RABBITMQ_DIST_PORT: String(state.distPort),
    RABBITMQ_MNESIA_BASE: at('mnesia'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
    RABBITMQ_PID_FILE: at('own.pid'),
    // exec the VM instead of a shell around it: its pid is ours, and TERM ends it in order
    RUNNING_UNDER_SYSTEMD: '1',
    RABBITMQ_MAX_NUMBER_OF_PROCESSES: String(LIMITS[state.size].processes),
    // one scheduler, no busy waiting, small carriers: a fifth of the idle memory and CPU of the defaults
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +SDcpu 1 +SDio 4 +A 4 +sbwt none +sbwtdcpu none +sbwtdio none +MBas aoffcbf +MHas aoffcbf -kernel inet_dist_use_interface {127,0,0,1}',
  };
};

/** A TCP connect comes too early; this is answered when the broker really speaks AMQP. */
const speaksAmqp = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('AMQP\0\0\x09\x01', 'latin1'));
    const done = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, done(false));
    // Connection.Start is a method frame; somebody else on this port would greet otherwise.
    socket.once('data', (greeting) => done(greeting[0] === 1)()).once('error', done(false)).once('close', done(false));
  });

async function launch(dir: string, state: State): Promise<number> {
  const at = inDir(dir);
  const env = environment(dir, state);
  // In the foreground, so that it is ours to end; otherwise the VM starts one that nobody ends.
  if (!livePid(at('epmd.pid'))) {
    spawnDetached({ argv: [...asUser(USER), 'epmd', '-address', '127.0.0.1', '-port', String(state.epmdPort)], env, cwd: dir, logFile: at('epmd.log'), pidFile: at('epmd.pid') });
  }
  const pid = spawnDetached({ argv: [...asUser(USER), `${BIN}/rabbitmq-server`], env, cwd: dir, logFile: at('console.log'), pidFile: at('server.pid') });
  await waitReady('RabbitMQ', pid, at('console.log'), () => speaksAmqp(state.port), 90_000);
  return pid;
}

export async function startRabbitmq({ dir, port, vhosts = ['clc', 'cluster-1'], size }: RabbitOptions): Promise<RabbitServer> {
  const at = inDir(dir);
  const owner = isRoot() ? ownerNamed(USER) : undefined;
  makeDir(dir, owner);
  makeDir(at('mnesia'), owner);
  makeDir(at('log'), owner);
  const known = readJson<State>(at('state.json'));
  const running = livePid(at('server.pid'));
  const [a, b, c] = known ? [known.port, known.epmdPort, known.distPort] : await freePorts(3);
  const state: State = { size: size ?? known?.size ?? 'small', port: port ?? (a as number), epmdPort: b as number, distPort: c as number, passwords: { ...known?.passwords } };
  for (const vhost of vhosts) state.passwords[vhost] ??= randomBytes(18).toString('hex');
  writeAtomic(at('state.json'), JSON.stringify(state));
  writeConfig(dir, state);

  const server: RabbitServer = {
    pid: running ?? (await launch(dir, state)),
    port: state.port,
    vhosts,
    url(vhost) {
      const password = state.passwords[vhost];
      if (!password) throw new Error(`there is no vhost ${vhost}`);
      return `amqp://${encodeURIComponent(vhost)}:${password}@127.0.0.1:${state.port}/${encodeURIComponent(vhost)}`;
    },
    knowsQuorumQueue(vhost, queue) {
      const names = at('mnesia/educloud@localhost/quorum/educloud@localhost/names.dets');
      return existsSync(names) && readFileSync(names, 'latin1').includes(`${vhost}_${queue}`);
    },
    control: (...args) => control(dir, state, ...args),
    raiseDiskAlarm: async () => void (await server.control('set_disk_free_limit', '900000GB')),
    clearDiskAlarm: async () => void (await server.control('set_disk_free_limit', DISK_FREE_LIMIT)),
    stop: () => stopRabbitmq({ dir }),
    kill: (signal = 'SIGKILL') => endProcess(server.pid, signal, STOP_GRACE_MS),
    async restart() {
      await endProcess(server.pid, 'SIGTERM', STOP_GRACE_MS);
      server.pid = await launch(dir, state);
    },
  };
  return server;
}

async function control(dir: string, state: State, ...args: string[]): Promise<string> {
  const argv = [...asUser(USER), `${BIN}/rabbitmqctl`, '-q', '-n', 'educloud@localhost', ...args];
  // Its own epmd port is in the environment: it would start another daemon otherwise.
  const { stdout } = await promisify(execFile)(argv[0] as string, argv.slice(1), { env: environment(dir, state), cwd: dir, timeout: 60_000, maxBuffer: 64 * 1024 ** 2 });
  return stdout;
}

/** Also from another process than the one that started it. Data stay. */
export async function stopRabbitmq({ dir }: { dir: string }): Promise<void> {
  const at = inDir(dir);
  await endByPidFile(at('server.pid'), STOP_GRACE_MS);
  await endByPidFile(at('epmd.pid'));
}
