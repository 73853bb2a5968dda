// What the bad-input suites share: one distributed cloud with the fake hypervisor on real servers, whose image store, CC and NC
// live on small file systems of their own; and a person who sends what nobody should send.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { DIST } from '../../../tools/build.ts';
import { startCloud, type Cloud } from '../../../tools/cloud/start.ts';
import { layoutOf, type DaemonName } from '../../../tools/cloud/layout.ts';
import { startServers, type Servers } from '../../../tools/servers/index.ts';
import { qcow2Tables } from '../../../apps/nc/src/drivers/disk/qcow2-tables.ts';
import { builderOf, type Builder } from '../../support/build-flow.ts';
import { eventually } from '../../support/eventually.ts';
import { rowsOf } from '../../support/leftovers.ts';

const run = promisify(execFile);
export const MIB = 1024 * 1024;

export interface Answer { status: number; type: string; headers: http.IncomingHttpHeaders; text: string; json: Problemish; tookMs: number }
export type Problemish = { code?: string; status?: number; detail?: string; fields?: Array<{ field: string; message: string }>; data?: Record<string, unknown>; [key: string]: unknown };
export interface Ask {
  method?: string;
  /** Below /clc/api/1.0 unless it begins with http. Sent exactly as written. */
  at: string;
  /** undefined: none; a string or bytes go out as they are; anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Bearer token; null = without credentials. Default: the admin's. */
  as?: string | null;
}

export interface Scene {
  cloud: Cloud;
  servers: Servers;
  dir: string;
  build: Builder;
  admin: string;
  user: { name: string; password: string; token: string };
  ask(ask: Ask): Promise<Answer>;
  edu(...args: string[]): Promise<{ code: number; out: string; err: string }>;
  /** All tables and all file names that a refused request must leave alone. */
  digest(): Promise<Record<string, string>>;
  rows: (statement: string, params?: Array<string | number>) => Promise<Array<Record<string, unknown>>>;
  /** A change behind the cloud's back. */
  change(statement: string, params: Array<string | number>): Promise<void>;
  /** A valid image of so many bytes, most of them noise, with a virtual size of 1 MiB. */
  imageFile(name: string, sizeBytes: number): Promise<string>;
  /** Only root can mount the small file systems. */
  hasSmallDisks: boolean;
  /** Leaves so many bytes on the file system of a daemon; null = takes the ballast away again. */
  leaveFree(daemon: DaemonName, bytes: number | null): Promise<void>;
  idOf(daemon: Exclude<DaemonName, 'clc'>): Promise<string>;
  /** What every refused request was answered. */
  refusals: Array<[what: string, text: string]>;
  close(): Promise<void>;
}

const SIZES_MIB = { walrus: 96, cc: 96, nc: 256 } as const;
/** Small enough for the small file systems. */
const RESERVE = MIB;

const isRoot = process.getuid?.() === 0;

export async function openScene(): Promise<Scene> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-bad-'));
  const layout = layoutOf(dir);
  await run('chmod', ['0755', dir]);
  const mounted: string[] = [];
  let servers: Servers | null = null;
  let cloud: Cloud | null = null;

  async function close(): Promise<void> {
    await cloud?.stop();
    await servers?.stop();
    for (const at of mounted.splice(0)) await run('umount', [at]).catch(() => run('umount', ['-l', at]));
    await rm(dir, { recursive: true, force: true });
  }

  try {
    for (const [name, mib] of isRoot ? Object.entries(SIZES_MIB) : []) {
      const at = layout.data(name as DaemonName);
      await mkdir(at, { recursive: true });
      await run('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=0711`, 'educloud-test', at]);
      mounted.push(at);
    }
    servers = await startServers({ dir: path.join(dir, 'shared-servers') });
    cloud = await startCloud({
      dir, mode: 'distributed', hypervisor: 'fake', servers,
// A node that tells of a full disk is not chosen any more; here it shall be chosen and find out.
      overrides: { clc: { ledger: { diskReserveBytes: 0 }, membership: { inventoryMs: 3_600_000 } }, walrus: { reserveBytes: RESERVE }, cc: { reserveBytes: RESERVE }, nc: { reserveBytes: RESERVE } },
    });
    return await sceneOf(dir, cloud, servers, close);
  } catch (e) {
    await close();
    throw e;
  }
}

async function sceneOf(dir: string, cloud: Cloud, servers: Servers, close: () => Promise<void>): Promise<Scene> {
  const base = `${cloud.json.clcUrl}/clc/api/1.0`;
  const { adminUser, adminPassword } = cloud.json;
  const rows: Scene['rows'] = (statement, params) => rowsOf(cloud, statement, params);
  const refusals: Scene['refusals'] = [];
  let admin = '';

  async function ask({ method = 'GET', at, body, headers = {}, as = admin }: Ask): Promise<Answer> {
    const url = at.startsWith('http') ? at : `${base}${at}`;
    const started = performance.now();
    const bytes = body === undefined ? null : typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
    const sent = { ...(bytes ? { 'content-type': 'application/json', 'content-length': String(bytes.length) } : {}), ...(as ? { authorization: `Bearer ${as}` } : {}), ...headers };
    return new Promise((resolve, reject) => {
      // Not fetch: it would tidy up the address.
      const { hostname, port, origin } = new URL(url);
      const request = http.request({ hostname, port, method, path: url.slice(origin.length), headers: sent, agent: false, timeout: 60_000 }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          let json: Problemish = {};
          try { json = JSON.parse(text) as Problemish; } catch { /* not every answer is JSON */ }
          if ((response.statusCode ?? 0) >= 400) refusals.push([`${method} ${at.slice(0, 100)}`, text + JSON.stringify(response.headers)]);
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', headers: response.headers, text, json, tookMs: performance.now() - started });
        });
      });
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${at.slice(0, 100)}`)));
      request.end(bytes ?? undefined);
    });
  }

  const login = async (user: string, password: string): Promise<string> => {
    const answer = await ask({ method: 'POST', at: '/login', body: { user, password }, as: null });
    if (answer.status !== 200) throw new Error(`login of ${user}: ${answer.text}`);
    return answer.json['token'] as string;
  };
  admin = await login(adminUser, adminPassword);

  const person = { name: 'anna', password: randomBytes(9).toString('base64url') };
  const made = await ask({ method: 'POST', at: '/users', body: person });
  if (made.status !== 201) throw new Error(`making a user: ${made.text}`);
  const build = await builderOf(cloud);

  async function edu(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const env = { PATH: process.env['PATH'] ?? '', HOME: dir, EDU_CONFIG: path.join(dir, 'edu'), EDU_URL: cloud.json.clcUrl, EDU_TOKEN: admin, EDU_LANG: 'en' };
    return run(process.execPath, [path.join(DIST, 'edu.js'), ...args], { env, timeout: 90_000 }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      (e: { code?: number; stdout?: string; stderr?: string }) => ({ code: e.code ?? -1, out: e.stdout ?? '', err: e.stderr ?? '' }),
    );
  }

  return {
    cloud, servers, dir, build, admin, ask, edu, rows, refusals, close, hasSmallDisks: isRoot,
    user: { ...person, token: await login(person.name, person.password) },
    digest: () => digest(cloud, rows),
    async change(statement, params) {
      const connection = await createConnection({ uri: cloud.json.dbUrl });
      await connection.query(statement, params).finally(() => connection.end());
    },
    async imageFile(name, sizeBytes) {
      const file = path.join(dir, name);
      const head = qcow2Tables(MIB, 0);
      await writeFile(file, Buffer.concat([head, randomBytes(sizeBytes - head.length)]));
      return file;
    },
    async leaveFree(daemon, bytes) {
      const ballast = path.join(cloud.layout.data(daemon), '.ballast');
      await rm(ballast, { force: true });
      if (bytes === null) return;
      const free = Number((await run('stat', ['-f', '-c', '%a %S', cloud.layout.data(daemon)])).stdout.split(' ').reduce((a, b) => String(Number(a) * Number(b)), '1'));
      await truncate(ballast, 0).catch(() => undefined);
      await run('fallocate', ['-l', String(Math.max(1, free - bytes)), ballast]);
    },
    async idOf(daemon) {
      return (JSON.parse(await readFile(path.join(cloud.layout.data(daemon), 'identity.json'), 'utf8')) as { id: string }).id;
    },
  };
}

/** Change all the time without anybody asking for anything. */
const RESTLESS_TABLES = new Set(['sessions', 'idempotency_keys', 'events', 'event_head', 'leases']);
const RESTLESS_COLUMNS = new Set(['lastBeatAt', 'facts', 'seenAt', 'statusSeq', 'statusEpoch', 'cpus', 'memoryMiB', 'diskBytes']);

/** What an earlier test has ended is still being cleared away: a deleted image leaves the store in a plan of its own. */
const atRest = (rows: Scene['rows']): Promise<unknown> => eventually('the cloud rests', async () => {
  const [plans, orders] = await Promise.all([rows('SELECT id FROM saga_plans WHERE activeSubject IS NOT NULL'), rows('SELECT id FROM saga_outbox')]);
  return plans.length + orders.length === 0;
}, 20_000);

async function digest(cloud: Cloud, rows: Scene['rows']): Promise<Record<string, string>> {
  await atRest(rows);
  const found: Record<string, string> = {};
  for (const table of (await rows('SHOW TABLES')).map((row) => String(Object.values(row)[0]))) {
    if (RESTLESS_TABLES.has(table)) continue;
    const restless = table === 'daemons' || table === 'ledger_nodes';
    const lines = (await rows(`SELECT * FROM \`${table}\``)).map((row) => JSON.stringify(Object.entries(row).filter(([column]) => !restless || !RESTLESS_COLUMNS.has(column)))).sort();
    found[table] = `${lines.length} rows, ${createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)}`;
  }
  for (const daemon of ['walrus', 'cc', 'nc'] as const) {
    const files = (await readdir(cloud.layout.data(daemon), { recursive: true })).filter((name) => !/journal\.db|\.ballast|^outbox/.test(name)).sort();
    found[`files of ${daemon}`] = files.join(' ');
  }
  return found;
}
