// Queues of both vhosts with what waits in them, and the dead letters with their reasons.
import { createAmqpBus } from '@educloud/bus';
import { silentLog } from '@educloud/log';
import { eventually } from '../../support/eventually.ts';
import type { Rig } from '../rig/interface.ts';
import type { DeadLetterSeen, QueueSeen } from './interface.ts';

const MOST_LETTERS = 500;

export async function queuesOf(rig: Rig): Promise<QueueSeen[]> {
  const all: QueueSeen[] = [];
  for (const vhost of Object.values(rig.servers.vhosts)) {
    const text = await rig.servers.rabbitmqctl('list_queues', '-p', vhost, '--no-table-headers', 'name', 'messages', 'messages_unacknowledged', 'consumers');
    for (const line of text.split('\n')) {
      const [name, messages, unacknowledged, consumers] = line.trim().split(/\s+/);
      if (name && consumers !== undefined) all.push({ vhost, name, messages: Number(messages), unacknowledged: Number(unacknowledged), consumers: Number(consumers) });
    }
  }
  return all;
}

export async function deadLettersOf(rig: Rig): Promise<DeadLetterSeen[]> {
  const all: DeadLetterSeen[] = [];
  for (const [vhost, url] of [[rig.servers.vhosts.upper, rig.servers.amqpUrl], [rig.servers.vhosts.cluster, rig.servers.clusterAmqpUrl]] as const) {
    const bus = await createAmqpBus({ url, log: silentLog() });
    try {
      await eventually('the broker answers', () => bus.state().connected, 20_000);
      all.push(...(await bus.deadLetters(MOST_LETTERS)).map((letter) => ({ vhost, ...letter })));
    } finally {
      await bus.close();
    }
  }
  return all;
}
