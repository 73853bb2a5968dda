// The private real servers of one test run: started when a test first asks, stopped at the end. Each test gets a vhost or database of its own.
// Every test file that uses them imports this one; its root hook stops what was started.
import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'mocha';
import { startLibvirtd, startMariadb, startRabbitmq, startRedis, startSshd, type LibvirtServer, type MariadbServer, type RabbitServer, type RedisServer, type SshServer } from '../../tools/servers/index.ts';

/** Made when the broker boots, because making one later costs a second. */
const SPARE_VHOSTS = Array.from({ length: 24 }, (_, i) => `t-${i + 1}`);
const FIRST_START_MS = 120_000;

let base: Promise<string> | null = null;
const makeBase = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'educloud-servers-'));
  await chmod(dir, 0o755); // the servers give up root
  return dir;
};
/** Temporary directory of this run's servers. */
export const serversDir = (): Promise<string> => (base ??= makeBase());

function lazily<T>(start: (dir: string) => Promise<T>): { get(): Promise<T>; started(): Promise<T> | null } {
  let running: Promise<T> | null = null;
  return { get: () => (running ??= serversDir().then(start)), started: () => running };
}

const rabbit = lazily<RabbitServer>((dir) => startRabbitmq({ dir: join(dir, 'rabbitmq'), vhosts: ['clc', 'cluster-1', ...SPARE_VHOSTS] }));
const maria = lazily<MariadbServer>((dir) => startMariadb({ dir: join(dir, 'mariadb') }));
const redis = lazily<RedisServer>((dir) => startRedis({ dir: join(dir, 'redis') }));
const libvirt = lazily<LibvirtServer>((dir) => startLibvirtd({ dir: join(dir, 'libvirt') }));
const sshd = lazily<SshServer>((dir) => startSshd({ dir: join(dir, 'sshd') }));

export const rabbitmqServer = rabbit.get;
export const mariadbServer = maria.get;
export const redisServer = redis.get;
export const libvirtServer = libvirt.get;
export const sshServer = sshd.get;

let vhosts = 0;
let databases = 0;
let redisDatabases = 0;

/** URL of an empty vhost nobody else in this run uses. */
export async function freshVhost(): Promise<string> {
  const server = await rabbit.get();
  const vhost = SPARE_VHOSTS[vhosts++];
  if (!vhost) throw new Error(`all ${SPARE_VHOSTS.length} spare vhosts are used: raise their number in test/support/servers.ts`);
  return server.url(vhost);
}

/** URL of an empty database nobody else in this run uses. */
export async function freshDatabase(): Promise<string> {
  return (await maria.get()).createDatabase(`t_${process.pid}_${++databases}`);
}

/** URL of an empty Redis database nobody else in this run uses. (Channels are shared by all: use names of your own.) */
export async function freshRedis(): Promise<string> {
  return `${(await redis.get()).url}/${++redisDatabases % 64}`;
}

/** For the first hook that needs a server: RabbitMQ takes some seconds. */
export const allowStart = (context: Mocha.Context): void => void context.timeout(FIRST_START_MS);

export async function stopTestServers(): Promise<void> {
  const stops = [rabbit, maria, redis, sshd].map(async (s) => (await s.started())?.stop());
  stops.push((async () => (await libvirt.started())?.stop({ guests: true }))());
  const ended = await Promise.allSettled(stops);
  if (base) await rm(await base, { recursive: true, force: true });
  base = null;
  const failed = ended.find((e) => e.status === 'rejected');
  if (failed) throw failed.reason as Error;
}

after('stop the private servers', async function () {
  this.timeout(60_000);
  await stopTestServers();
});
