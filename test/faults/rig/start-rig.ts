// Starts a whole cloud under glass: real servers, every daemon a process, every node in its own namespaces, a proxy on each connection.
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { daemonsOf, layoutOf, settingsOf, type DaemonName } from '../../../tools/cloud/layout.ts';
import { pidOf } from '../../../tools/cloud/process.ts';
import { startCloud, type CloudOptions } from '../../../tools/cloud/start.ts';
import { startLibvirtd, startServers, type LibvirtServer, type Servers } from '../../../tools/servers/index.ts';
import { startProxy, type Proxy } from '../../support/proxy.ts';
import type { Seeded } from '../seeded.ts';
import type { Rig, RigNode, RigServers } from './interface.ts';
import { enter, type Network } from './network.ts';
import { putCloudAway } from './put-away.ts';
import { mountSmallDisk } from './small-disks.ts';
import { superviseDaemons } from './supervisor.ts';

const MIB = 1024 ** 2;
/** Of each daemon that stores images. The kernel takes memory only for what is in it. */
export const DISK_BYTES = { fake: 1024 * MIB, libvirt: 3072 * MIB } as const;
const RESERVE_BYTES = 8 * MIB;

/** Servers for several clouds, one after the other: each gets vhosts and a database of its own. */
export const startRigServers = (workFolder: string, clouds: number): Promise<Servers> =>
  startServers({ dir: path.join(workFolder, 'servers'), vhosts: Array.from({ length: clouds }, (_, i) => [`clc-${i + 1}`, `cluster-${i + 1}`]).flat() });

export interface RigOptions {
  workFolder: string;
  /** From 1 on: which of the clouds of this run. */
  number: number;
  seed: number;
  hypervisor: 'fake' | 'libvirt';
  controllers: number;
  servers: Servers;
  network: Network;
  random: Seeded;
  say(text: string): void;
}

export async function startRig(options: RigOptions): Promise<Rig> {
  const { number, hypervisor, controllers, network } = options;
  const dir = path.join(options.workFolder, `cloud-${number}`);
  const layout = layoutOf(dir);
  const names = daemonsOf(network.cables.length, controllers);
  const nodeNames = names.filter((name) => name.startsWith('nc'));
  const { ports } = await settingsOf(layout, network.cables.length, controllers);
  const port = (name: DaemonName): number => ports[name] as number;
  const cable = (name: DaemonName): Network['cables'][number] => network.cables[nodeNames.indexOf(name)] as Network['cables'][number];
  for (const name of ['walrus', 'cc', ...nodeNames] as DaemonName[]) await mountSmallDisk(layout.data(name), DISK_BYTES[hypervisor]);
  await mkdir(path.join(dir, 'clock'), { recursive: true });

  const servers = await serversOf(options);
  const libvirts = new Map<DaemonName, LibvirtServer>();
  if (hypervisor === 'libvirt') {
    await Promise.all(nodeNames.map(async (name) => libvirts.set(name, await startLibvirtd({ dir: path.join(dir, 'libvirt', name), netns: cable(name).netns }))));
  }

  const proxies = new Map<string, Proxy>();
  const through = async (name: string, target: { port: number; more?: number[] }, host = '127.0.0.1'): Promise<Proxy> => {
    const random = options.random.fork(name);
    const proxy = await startProxy({ target: { host: '127.0.0.1', ...target }, listen: { host, port: 0 }, random: () => random.next() });
    proxies.set(name, proxy);
    return proxy;
  };
  const http = ({ host, port: at }: Proxy): string => `http://${host}:${at}`;
  /** The same account and path at another door. */
  const by = (url: string, { host, port: at }: Proxy): string => url.replace(/@[^/]+/, `@${host}:${at}`);
  const broker = { port: servers.rabbitmq.port };
  const viaBroker = async (name: DaemonName, host?: string): Promise<string> => by(servers.amqpUrl, await through(`${name}:amqp`, broker, host));
  const viaCluster = async (name: DaemonName, host?: string): Promise<string> => by(servers.clusterAmqpUrl, await through(`${name}:cluster`, broker, host));

  const clcNames = names.filter((name) => name.startsWith('clc'));
  const door = { port: port('clc'), more: clcNames.slice(1).map(port) };
  const users = await through('users', door);
  const common = (name: DaemonName): Record<string, unknown> => ({ clockFile: path.join(dir, 'clock', name) });
  const overrides: NonNullable<CloudOptions['overrides']> = {
    walrus: { ...common('walrus'), busUrl: await viaBroker('walrus'), clcUrl: http(await through('walrus:clc', door)), publicUrl: http(await through('walrus:images', { port: port('walrus') })), reserveBytes: RESERVE_BYTES },
    sc: { ...common('sc'), busUrl: await viaBroker('sc'), clcUrl: http(await through('sc:clc', door)) },
    cc: {
      ...common('cc'), busUrl: await viaBroker('cc'), clusterBusUrl: await viaCluster('cc'), clcUrl: http(await through('cc:clc', door)),
      publicUrl: http(await through('cc:images', { port: port('cc') }, network.host)), reserveBytes: RESERVE_BYTES,
    },
  };
  for (const name of clcNames) {
    overrides[name] = {
      ...common(name), busUrl: await viaBroker(name),
      databaseUrl: by(servers.dbUrl, await through(`${name}:db`, { port: servers.mariadb.port })),
      redisUrl: by(servers.redisUrl, await through(`${name}:redis`, { port: servers.redis.port })),
      // A campaign is short: what cannot be done any more shall be said within it.
      tasks: { stopGraceSeconds: 10, startSeconds: 60 },
      ledger: { diskReserveBytes: RESERVE_BYTES },
    };
  }
  for (const name of nodeNames) {
    const libvirt = libvirts.get(name);
    overrides[name] = {
      ...common(name), listen: { host: '0.0.0.0' }, publicUrl: `http://${cable(name).address}:${port(name)}`, reserveBytes: RESERVE_BYTES,
      busUrl: await viaCluster(name, network.host), ccUrl: http(await through(`${name}:cc`, { port: port('cc') }, network.host)),
      hypervisor: { kind: hypervisor, ...(libvirt ? { uri: libvirt.uri } : { fakeDelayMs: 50 }) },
    };
  }

  const cloud = await startCloud({
    dir, mode: 'distributed', hypervisor, nodes: nodeNames.length, controllers, overrides,
    servers: { amqpUrl: servers.amqpUrl, clusterAmqpUrl: servers.clusterAmqpUrl, dbUrl: servers.dbUrl, redisUrl: servers.redisUrl, libvirtUri: null },
    hosts: Object.fromEntries(nodeNames.map((name) => [name, cable(name).address])),
    enter: Object.fromEntries(nodeNames.map((name) => [name, enter(cable(name).netns)])),
  });
  const supervisor = superviseDaemons({ cloud, names, say: options.say });

  const idOf = async (name: DaemonName): Promise<string> => (JSON.parse(await readFile(path.join(layout.data(name), 'identity.json'), 'utf8')) as { id: string }).id;
  const node = async (name: DaemonName): Promise<RigNode> => ({
    name, registeredAs: name === 'nc' ? 'nc-1' : name, ncId: await idOf(name), dataDir: layout.data(name), ...cable(name),
    libvirt: libvirts.get(name) ?? null, libvirtUri: libvirts.get(name)?.uri ?? null, pid: () => pidOf(layout, name),
  });
  return {
    seed: options.seed, dir, hypervisor, cloud, clcUrl: http(users), admin: { user: cloud.json.adminUser, password: cloud.json.adminPassword },
    daemons: names, nodes: await Promise.all(nodeNames.map(node)), ids: { walrus: await idOf('walrus'), sc: await idOf('sc'), cc: await idOf('cc') },
    dataDir: (name) => layout.data(name), clockFile: (name) => path.join(dir, 'clock', name),
    servers, proxies, logs: path.join(dir, 'log'), supervisor,
    async stop() {
      supervisor.close();
      await putCloudAway(dir);
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
    },
  };
}

async function serversOf({ servers, number }: RigOptions): Promise<RigServers> {
  const vhosts = { upper: `clc-${number}`, cluster: `cluster-${number}` };
  return {
    vhosts, amqpUrl: servers.rabbitmq.url(vhosts.upper), clusterAmqpUrl: servers.rabbitmq.url(vhosts.cluster),
    dbUrl: await servers.mariadb.createDatabase(`cloud_${number}`), redisUrl: `${servers.redisUrl}/${number}`,
    rabbitmq: servers.rabbitmq, mariadb: servers.mariadb, redis: servers.redis,
    rabbitmqctl: (...args) => servers.rabbitmq.control(...args),
  };
}
