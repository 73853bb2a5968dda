// The cloud under attack as the workload, the faults and the collectors of evidence see it. Made by start-rig.ts, handed on by campaign.ts.
import type { DaemonName } from '../../../tools/cloud/layout.ts';
import type { Cloud } from '../../../tools/cloud/start.ts';
import type { MariadbServer, RabbitServer, RedisServer, LibvirtServer } from '../../../tools/servers/index.ts';
import type { Proxy } from '../../support/proxy.ts';
import type { Supervisor } from './supervisor.ts';

/** A node controller in a network namespace of its own, with its own libvirtd on real runs. */
export interface RigNode {
  /** Process name and file name: `nc`, `nc-2`, `nc-3`…; it registers as `nc-1`, `nc-2`, `nc-3`… */
  name: DaemonName;
  registeredAs: string;
  /** The id the CLC gave it. */
  ncId: string;
  /** A tmpfs of its own, seen from the host too. */
  dataDir: string;
  libvirt: LibvirtServer | null;
  libvirtUri: string | null;
  netns: string;
  /** Its address on the bridge, and the device inside the namespace. */
  address: string;
  device: string;
  pid(): Promise<number | null>;
}

/** The servers themselves, past every proxy: for looking, and for what is done to them. */
export interface RigServers {
  amqpUrl: string;
  clusterAmqpUrl: string;
  dbUrl: string;
  redisUrl: string;
  /** Of this cloud; the same broker serves the other clouds of a run too. */
  vhosts: { upper: string; cluster: string };
  rabbitmq: RabbitServer;
  mariadb: MariadbServer;
  redis: RedisServer;
  /** Output of `rabbitmqctl -q ARGS`. */
  rabbitmqctl(...args: string[]): Promise<string>;
}

/** As much of a cloud as people need to work on it: the soak has one without glass. */
export type Workplace = Pick<Rig, 'dir' | 'hypervisor' | 'clcUrl' | 'admin'> & { nodes: Array<Pick<RigNode, 'registeredAs' | 'ncId' | 'dataDir' | 'libvirtUri'>> };

export interface Rig {
  seed: number;
  /** Everything of this run lies below; goes away with it unless a violation was found. */
  dir: string;
  hypervisor: 'fake' | 'libvirt';
  /** cloud.json.clcUrl is the CLC's own door, past every proxy. */
  cloud: Cloud;
  /** Where people reach the CLC: through the proxy `users`, which may cut an answer. Without a path. */
  clcUrl: string;
  admin: { user: string; password: string };
  /** Every process name: clc, walrus, sc, cc, nc, nc-2, … */
  daemons: DaemonName[];
  nodes: RigNode[];
  /** Ids the CLC gave. */
  ids: Record<'walrus' | 'sc' | 'cc', string>;
  dataDir(name: DaemonName): string;
  /** Milliseconds written here are added to the clock of the daemon. */
  clockFile(name: DaemonName): string;
  supervisor: Supervisor;
  servers: RigServers;
  /** By name: `users`, `clc:amqp`, `clc:db`, `clc:redis`, `cc:amqp`, `cc:cluster`, `cc:clc`, `walrus:amqp`, `walrus:images`, `nc:cluster`, `nc:cc`, `cc:images`… */
  proxies: ReadonlyMap<string, Proxy>;
  /** Folder with NAME.log of each daemon. */
  logs: string;
  /** Ends this cloud: processes, guests, mounts. Servers and namespaces are for whoever started them. */
  stop(): Promise<void>;
}
