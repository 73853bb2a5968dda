// The servers under the cloud: killed and started again, the cache emptied, the broker without room on its disk.
import { CLC_STATUS_QUEUE, clusterStatusQueue, commandQueue } from '@educloud/contracts';
import { until } from '../../../tools/cloud/until.ts';
import type { Rig } from '../rig/interface.ts';
import type { Fault } from './interface.ts';
import { nodeOf, nodes } from './targets.ts';

const killed = (name: string, server: (rig: Rig) => { kill(): Promise<void>; restart(): Promise<void> }, weight: number, before: (rig: Rig) => Promise<void> = async () => undefined): Fault => ({
  name,
  targets: () => ['it'],
  touches: () => [name.replace('-kill', '')],
  lastsSeconds: { from: 0, to: 15 },
  weight,
  async inject(rig) {
    await before(rig);
    await server(rig).kill();
    return { detail: null, heal: () => server(rig).restart() };
  },
});

export const dbKill = killed('db-kill', (rig) => rig.servers.mariadb, 2);
export const redisKill = killed('redis-kill', (rig) => rig.servers.redis, 1);
export const brokerKill = killed('broker-kill', (rig) => rig.servers.rabbitmq, 2, async (rig) => {
  // RabbitMQ 3.10 loses a quorum queue that is younger than two seconds: its own fault, not what is tested here.
  const { cc, walrus, sc } = rig.ids;
  const { upper, cluster } = rig.servers.vhosts;
  const queues = [
    ...[CLC_STATUS_QUEUE, commandQueue(cc), commandQueue(walrus), commandQueue(sc)].map((queue) => [upper, queue] as const),
    ...[clusterStatusQueue(cc), ...rig.nodes.map((node) => commandQueue(node.ncId))].map((queue) => [cluster, queue] as const),
  ];
  await until('the broker has written down its queues', () => queues.every(([where, queue]) => rig.servers.rabbitmq.knowsQuorumQueue(where, queue)), 10_000).catch(() => undefined);
});

export const brokerAlarm: Fault = {
  name: 'broker-alarm',
  targets: () => ['it'],
  touches: () => ['broker'],
  lastsSeconds: { from: 3, to: 30 },
  async inject(rig) {
    await rig.servers.rabbitmq.raiseDiskAlarm();
    return { detail: null, heal: () => rig.servers.rabbitmq.clearDiskAlarm() };
  },
};

export const redisFlush: Fault = {
  name: 'redis-flush',
  targets: () => ['it'],
  touches: () => ['redis'],
  lastsSeconds: { from: 0, to: 1 },
  async inject(rig) {
    await rig.servers.redis.flushAll();
    return { detail: null, heal: async () => undefined };
  },
};

export const libvirtdKill: Fault = {
  name: 'libvirtd-kill',
  targets: (shape) => (shape.hypervisor === 'libvirt' ? nodes(shape) : []),
  touches: (node) => [`libvirtd of ${node}`],
  lastsSeconds: { from: 0, to: 15 },
  weight: 2,
  async inject(rig, target) {
    const { libvirt } = nodeOf(rig, target);
    await libvirt?.kill();
    return { detail: null, heal: async () => libvirt?.restart() };
  },
};
