// All private servers a distributed cloud on one machine needs, started side by side. Used by `up`, the tests and the bench.
import { join } from 'node:path';
import { startLibvirtd, stopLibvirtd, type LibvirtServer } from './libvirtd.ts';
import { startMariadb, stopMariadb, type MariadbServer } from './mariadb.ts';
import { startRabbitmq, stopRabbitmq, type RabbitServer, type RabbitSize } from './rabbitmq.ts';
import { startRedis, stopRedis, type RedisServer } from './redis.ts';

export { startLibvirtd, stopLibvirtd, kvmWorks, guestPids, type LibvirtOptions, type LibvirtServer } from './libvirtd.ts';
export { startMariadb, stopMariadb, type MariadbServer } from './mariadb.ts';
export { startRabbitmq, stopRabbitmq, type RabbitOptions, type RabbitServer } from './rabbitmq.ts';
export { startRedis, stopRedis, type RedisServer } from './redis.ts';
export { startSshd, stopSshd, type SshOptions, type SshServer } from './sshd.ts';
export { freePort, freePorts } from './ports.ts';
export { livePid, recordPid, endProcess, spawnDetached, waitReady } from './process.ts';

export interface ServersOptions {
  /** Each server has a folder below; a second start reuses data, ports and passwords. */
  dir: string;
  libvirt?: boolean;
  /** Default: `clc` and `cluster-1`. */
  vhosts?: string[];
  rabbitmq?: RabbitSize;
}

export interface Servers {
  rabbitmq: RabbitServer;
  mariadb: MariadbServer;
  redis: RedisServer;
  libvirtd: LibvirtServer | null;
  amqpUrl: string;
  clusterAmqpUrl: string;
  dbUrl: string;
  redisUrl: string;
  libvirtUri: string | null;
  stop(options?: { guests?: boolean }): Promise<void>;
}

/** All or nothing: when one does not start, the others are stopped again. */
export async function startServers({ dir, libvirt = false, vhosts = ['clc', 'cluster-1'], rabbitmq: size }: ServersOptions): Promise<Servers> {
  const all = [
    startRabbitmq({ dir: join(dir, 'rabbitmq'), vhosts, ...(size ? { size } : {}) }),
    startMariadb({ dir: join(dir, 'mariadb') }),
    startRedis({ dir: join(dir, 'redis') }),
    libvirt ? startLibvirtd({ dir: join(dir, 'libvirt') }) : Promise.resolve(null),
  ] as const;
  await Promise.allSettled(all);
  try {
    const [rabbitmq, mariadb, redis, libvirtd] = await Promise.all(all);
    return {
      rabbitmq,
      mariadb,
      redis,
      libvirtd,
      amqpUrl: rabbitmq.url(vhosts[0] ?? 'clc'),
      clusterAmqpUrl: rabbitmq.url(vhosts[1] ?? 'cluster-1'),
      dbUrl: mariadb.url,
      redisUrl: redis.url,
      libvirtUri: libvirtd?.uri ?? null,
      stop: (options) => stopServers({ dir, ...options }),
    };
  } catch (e) {
    await stopServers({ dir, guests: true });
    throw e;
  }
}

/** Whatever runs below `dir`, also when another process started it. */
export async function stopServers({ dir, guests = false }: { dir: string; guests?: boolean }): Promise<void> {
  await Promise.all([
    stopRabbitmq({ dir: join(dir, 'rabbitmq') }),
    stopMariadb({ dir: join(dir, 'mariadb') }),
    stopRedis({ dir: join(dir, 'redis') }),
    stopLibvirtd({ dir: join(dir, 'libvirt'), guests }),
  ]);
}
