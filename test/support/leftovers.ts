// "Nothing is left": what a build may leave behind anywhere in a cloud, as sentences. For every test that ends a task and says that it is clean.
// Looks from outside: rows of the database, folders of the daemons, queues of the broker, domains of libvirt.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import Database from 'libsql';
import { createConnection } from 'mysql2/promise';
import { createAmqpBus, type Bus } from '@educloud/bus';
import { CLC_STATUS_QUEUE, clusterStatusQueue, commandQueue, DEAD_LETTER_QUEUE } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import type { Cloud } from '../../tools/cloud/start.ts';
import { eventually } from './eventually.ts';

type Looked = Pick<Cloud, 'json' | 'layout'>;
type Row = Record<string, unknown>;

const run = promisify(execFile);

/** Rows of the CLC's database, whichever it is. */
export async function rowsOf(cloud: { json: { dbUrl: string } }, statement: string, params: Array<string | number> = []): Promise<Row[]> {
  const { dbUrl } = cloud.json;
  if (dbUrl.startsWith('sqlite:')) {
    const db = new Database(dbUrl.slice('sqlite:'.length), { readonly: true });
    try {
      return db.prepare(statement).all(...params) as Row[];
    } finally {
      db.close();
    }
  }
  const connection = await createConnection({ uri: dbUrl.replace(/^(mariadb|mysql):/, 'mysql:') });
  try {
    return (await connection.query(statement, params))[0] as Row[];
  } finally {
    await connection.end();
  }
}

async function inDatabase(cloud: Looked): Promise<string[]> {
  const list = async (what: string, statement: string): Promise<string[]> => (await rowsOf(cloud, statement)).map((row) => `${what}: ${Object.values(row).join(' ')}`);
  return (
    await Promise.all([
      list('claim', 'SELECT insId, kind, ncId FROM ledger_claims'),
      list('address or port leased', "SELECT kind, value, insId, purpose FROM cluster_addresses WHERE state = 'leased'"),
      list('way that is open', 'SELECT insId, ccId FROM cluster_access'),
      list('resources counted as used', 'SELECT ncId, usedCpus, usedMemoryMiB, usedDiskBytes FROM ledger_nodes WHERE usedCpus <> 0 OR usedMemoryMiB <> 0 OR usedDiskBytes <> 0'),
      list('active plan', 'SELECT id, name, state FROM saga_plans WHERE activeSubject IS NOT NULL'),
      list('outbox row', 'SELECT id, queue FROM saga_outbox'),
      list('instance', 'SELECT id, vmstatus FROM instances WHERE deletedAt IS NULL'),
      list('version not decided', "SELECT imageId, version, state FROM image_versions WHERE state NOT IN ('available', 'refused', 'deleted')"),
      list('image held', 'SELECT id, heldBy FROM images WHERE heldBy IS NOT NULL'),
    ])
  ).flat();
}

/** Files below a folder, relative to it. */
export async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((e) => !e.isDirectory()).map((e) => path.relative(dir, path.join(e.parentPath, e.name)));
}

async function onDisk(cloud: Looked): Promise<string[]> {
  const found: string[] = [];
  const { layout } = cloud;
  const everythingBelow = async (who: 'nc' | 'cc' | 'walrus', what: string, ...parts: string[]): Promise<void> => {
    for (const file of await filesBelow(path.join(layout.data(who), ...parts))) found.push(`${what} of ${who}: ${file}`);
  };
  const folders = await readdir(path.join(layout.data('nc'), 'instances')).catch(() => []);
  found.push(...folders.map((name) => `instance folder: ${name}`));
  await everythingBelow('nc', 'fake guest', 'fake-guests');
  for (const who of ['nc', 'cc'] as const) await everythingBelow(who, 'pin', 'images', 'pins');
  await everythingBelow('cc', 'staged file', 'staging');
  await everythingBelow('walrus', 'upload', 'incoming');
  for (const who of ['nc', 'cc', 'walrus'] as const) {
    const unfinished = (await filesBelow(layout.data(who))).filter((file) => /\.(part|tmp|new)$/.test(file));
    found.push(...unfinished.map((file) => `unfinished file of ${who}: ${file}`));
  }
  return found;
}

/** Walrus holds exactly the versions that the CLC promises. */
async function inStore(cloud: Looked): Promise<string[]> {
  const promised = (await rowsOf(cloud, "SELECT imageId, version, format FROM image_versions WHERE state = 'available'")).map((row) => `${row['imageId']}.v${row['version']}.${row['format']}`);
  const stored = (await readdir(path.join(cloud.layout.data('walrus'), 'images')).catch(() => [])).filter((name) => /\.(qcow2|raw|iso)$/.test(name));
  return [
    ...stored.filter((name) => !promised.includes(name)).map((name) => `file in the store that nobody knows: ${name}`),
    ...promised.filter((name) => !stored.includes(name)).map((name) => `version without its file: ${name}`),
  ];
}

async function identity(cloud: Looked, who: 'walrus' | 'sc' | 'cc' | 'nc'): Promise<string> {
  return (JSON.parse(await readFile(path.join(cloud.layout.data(who), 'identity.json'), 'utf8')) as { id: string }).id;
}

async function inQueues(cloud: Looked): Promise<string[]> {
  const { amqpUrl, clusterAmqpUrl } = cloud.json;
  if (!amqpUrl || !clusterAmqpUrl) return [];
  const [walrus, sc, cc, nc] = await Promise.all((['walrus', 'sc', 'cc', 'nc'] as const).map((who) => identity(cloud, who)));
  const upper = [CLC_STATUS_QUEUE, commandQueue(walrus as string), commandQueue(sc as string), commandQueue(cc as string)];
  const lower = [clusterStatusQueue(cc as string), commandQueue(nc as string)];
  return (await Promise.all([waitingIn(amqpUrl, upper), waitingIn(clusterAmqpUrl, lower)])).flat();
}

async function waitingIn(url: string, queues: string[]): Promise<string[]> {
  const bus: Bus = await createAmqpBus({ url, log: silentLog() });
  try {
    await eventually('the broker answers', () => bus.state().connected, 20_000);
    const found: string[] = [];
    for (const queue of queues) {
      const depth = await bus.depth(queue);
      if (depth) found.push(`${depth} messages in ${queue}`);
    }
    if (await bus.depth(DEAD_LETTER_QUEUE)) for (const letter of await bus.deadLetters(5)) found.push(`dead letter from ${letter.queue}: ${letter.code} ${letter.reason} ${letter.content.slice(0, 300)}`);
    return found;
  } finally {
    await bus.close();
  }
}

async function inLibvirt(cloud: Looked): Promise<string[]> {
  const uri = cloud.json.libvirtUri;
  if (!uri) return [];
  const { stdout } = await run('virsh', ['-c', uri, 'list', '--all', '--name'], { timeout: 20_000 });
  return stdout.split('\n').filter((name) => name.trim() !== '').map((name) => `domain: ${name}`);
}

/** Everything that is left of builds, one sentence each; empty when the cloud rests and is clean. */
export async function leftovers(cloud: Looked): Promise<string[]> {
  return (await Promise.all([inDatabase(cloud), onDisk(cloud), inStore(cloud), inQueues(cloud), inLibvirt(cloud)])).flat();
}

/** Waits until nothing is left: acks and last statuses are still on their way when a task says that it has ended. @throws naming what is left */
export async function nothingIsLeft(cloud: Looked, withinMs = 15_000): Promise<void> {
  let found: string[] = ['not looked yet'];
  await eventually('nothing is left', async () => (found = await leftovers(cloud)).length === 0, withinMs).catch((e: unknown) => {
    throw new Error(`left behind:\n  ${found.join('\n  ')}`, { cause: e });
  });
}
