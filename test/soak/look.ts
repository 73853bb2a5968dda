// One sample of everything that could grow: inside each daemon, its descriptors and threads, rows, Redis keys, the broker, files. Called by main.ts.
import { readdir } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { roleOf, type DaemonName } from '../../tools/cloud/layout.ts';
import type { Cloud } from '../../tools/cloud/start.ts';
import type { RabbitServer } from '../../tools/servers/index.ts';
import { filesBelow, rowsOf } from '../support/leftovers.ts';
import { journalOf } from '../faults/evidence/journals.ts';
import type { Inside } from './inspector.ts';
import type { Sample } from './judge.ts';

export interface Looked {
  cloud: Cloud;
  /** By process name. */
  processes: ReadonlyMap<string, { pid: number; inside: Inside }>;
  daemons: readonly DaemonName[];
  /** Null in the all-in-one. */
  rabbitmq: RabbitServer | null;
}

/** @param brief without the broker: asking it costs more than everything else together */
export async function look(at: Looked, brief = false): Promise<Sample> {
  const atMs = Date.now();
  const parts = await Promise.all([insides(at), rows(at.cloud), redis(at.cloud.json.redisUrl), brief ? {} : broker(at), files(at)]);
  return { atMs, values: Object.assign({}, ...parts) as Record<string, number> };
}

async function insides({ processes }: Looked): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [name, { pid, inside }] of processes) {
    for (const [what, value] of Object.entries(await inside.look())) values[`${name} ${what}`] = value;
    values[`${name} descriptors`] = (await readdir(`/proc/${pid}/fd`)).length;
    values[`${name} threads`] = (await readdir(`/proc/${pid}/task`)).length;
  }
  return values;
}

async function rows(cloud: Cloud): Promise<Record<string, number>> {
  const sqlite = cloud.json.dbUrl.startsWith('sqlite:');
  const tables = (await rowsOf(cloud, sqlite ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'" : 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()')).map((row) => String(row['name']));
  const counted = await rowsOf(cloud, tables.map((name) => `SELECT '${name}' AS name, COUNT(*) AS n FROM ${name}`).join(' UNION ALL '));
  return Object.fromEntries(counted.map((row) => [`rows ${row['name']}`, Number(row['n'])]));
}

async function redis(url: string | null): Promise<Record<string, number>> {
  if (url === null) return {};
  const client = new Redis(url);
  try {
    const ttls = await Promise.all((await client.keys('*')).map((key) => client.ttl(key)));
    return { 'redis keys that end by themselves': ttls.filter((ttl) => ttl >= 0).length, 'redis keys that stay': ttls.filter((ttl) => ttl === -1).length };
  } finally {
    client.disconnect();
  }
}

async function broker({ rabbitmq }: Looked): Promise<Record<string, number>> {
  if (!rabbitmq) return {};
  const values: Record<string, number> = {};
  const lines = async (...args: string[]): Promise<string[]> => (await rabbitmq.control(...args, '--no-table-headers')).split('\n').filter((line) => line.trim() !== '');
  for (const vhost of rabbitmq.vhosts) {
    const queues = await lines('list_queues', '-p', vhost, 'name', 'messages');
    values[`broker queues of ${vhost}`] = queues.length;
    for (const line of queues) {
      const [name, messages] = line.split('\t');
      values[`messages ${vhost} ${name}`] = Number(messages);
    }
  }
  values['broker channels'] = (await lines('list_channels', 'pid')).length;
  values['broker connections'] = (await lines('list_connections', 'pid')).length;
  return values;
}

async function files({ cloud, daemons }: Looked): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const name of daemons) {
    const dir = cloud.layout.data(name);
    const all = await filesBelow(dir);
    const cached = ['cc', 'nc'].includes(roleOf(name)) ? all.filter((file) => /^images\/img-/.test(file)).length : 0;
    values[`files ${name}`] = all.length - cached;
    if (['cc', 'nc'].includes(roleOf(name))) values[`cached files of ${name}`] = cached;
    if (['walrus', 'cc', 'nc'].includes(roleOf(name))) values[`rows journal of ${name}`] = journalOf(dir).length;
  }
  return values;
}
