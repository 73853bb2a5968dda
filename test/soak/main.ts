// `npm run soak`: people at mixed work on a whole cloud for as long as you like, while everything that could grow is sampled. A leak is a failure.
import { mkdir, mkdtemp, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { machine } from '../../bench/machine.ts';
import { ROOT } from '../../tools/build.ts';
import { DAEMONS, type DaemonName } from '../../tools/cloud/layout.ts';
import { pidOf } from '../../tools/cloud/process.ts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { stopCloud } from '../../tools/cloud/stop.ts';
import { startServers, type Servers } from '../../tools/servers/index.ts';
import { openHistory } from '../faults/history.ts';
import type { Workplace } from '../faults/rig/interface.ts';
import { seeded } from '../faults/seeded.ts';
import { startWorkload } from '../faults/workload/start.ts';
import { clear } from './clear.ts';
import { INSPECTED, lookInto, type Inside } from './inspector.ts';
import { leaksOf, type Sample, type Soaked } from './judge.ts';
import { look, type Looked } from './look.ts';
import { PLANTS } from './plants.ts';
import { leakLine, seriesTable } from './report.ts';
import { startVisitors } from './visitors.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' }, every: { type: 'string', default: '15' }, rate: { type: 'string', default: '3' }, people: { type: 'string', default: '2' }, seed: { type: 'string', default: '1' },
    'all-in-one': { type: 'boolean', default: false }, plant: { type: 'string' }, json: { type: 'string', default: path.join(ROOT, '.data/soak.json') }, keep: { type: 'string' }, help: { type: 'boolean', short: 'h' },
  },
});
const usage = `npm run soak -- [--minutes M] [--all-in-one] [--plant ${Object.keys(PLANTS).join('|')}]
  --minutes M     how long people work while samples are taken (default 30); a fifth of it, at most 5 minutes, comes before to warm up
  --every S       seconds between two samples (default 15)
  --rate N        orders per second of all people together (default 3), --people N how many beside the administrator (default 2)
  --seed S        of what they do (default 1)
  --all-in-one    one process on embedded servers instead of five on RabbitMQ, MariaDB and Redis
  --plant LEAK    a leak is put into the first process on purpose: it must be found
  --json FILE     every sample (default .data/soak.json), --keep DIR logs of the daemons
The guests are fake. Exit code 1 when something leaked.`;
const number = (name: 'minutes' | 'every' | 'rate' | 'people' | 'seed'): number => Number(values[name]);
if (values.help || !(['minutes', 'every', 'rate', 'people', 'seed'] as const).every((name) => number(name) > 0) || (values.plant !== undefined && !PLANTS[values.plant])) {
  console[values.help ? 'log' : 'error'](usage);
  process.exit(values.help ? 0 : 64);
}

const WARM_UP_SHARE = 0.2;
const WARM_UP_MOST_MS = 5 * 60_000;
const WARM_UP_LEAST_MS = 30_000;
/** What still comes back by itself: idle connections, keys that live a minute, a last collection. */
const SETTLE_MS = 180_000;
const LOOK_AGAIN_MS = 10_000;
/** One of so many samples asks the broker too. */
const BROKER_EVERY = 8;

const say = (text: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort(new Error(`stopped by ${signal}`)));

const dir = await mkdtemp(path.join(os.tmpdir(), 'edu-soak-'));
await chmod(dir, 0o755); // the servers give up root
let code = 1;
try {
  code = await soak();
} catch (e) {
  console.error(stopped.signal.aborted ? 'stopped' : e);
} finally {
  if (values.keep) await keepLogs(path.resolve(values.keep));
  await stopCloud(path.join(dir, 'cloud'), { servers: true });
  await rm(dir, { recursive: true, force: true });
}
process.exit(code);

async function soak(): Promise<number> {
  const mode = values['all-in-one'] ? 'all-in-one' : 'distributed';
  const layoutDir = path.join(dir, 'cloud');
  const servers = mode === 'distributed' ? await startServers({ dir: path.join(layoutDir, 'servers') }) : null;
  say(`starting the cloud (${mode})`);
  const cloud = await startCloud({
    dir: layoutDir, mode, hypervisor: 'fake', ...(servers ? { servers } : {}),
    env: Object.fromEntries(DAEMONS.map((name) => [name, INSPECTED])),
    overrides: { nc: { hypervisor: { fakeDelayMs: 50 } } },
  });
  const looked = await lookedAt(cloud, servers);
  const place = await workplaceOf(cloud);
  const lengthMs = number('minutes') * 60_000;
  const warmUpMs = Math.max(WARM_UP_LEAST_MS, Math.min(WARM_UP_MOST_MS, lengthMs * WARM_UP_SHARE));

  say(`people come for ${Math.round(warmUpMs / 1000)} s, to warm everything up`);
  await peopleWork(place, number('seed') * 2, () => pause(warmUpMs, undefined, { signal: stopped.signal }));
  await clear(cloud);
  // Twice: what the first look itself keeps shall not count.
  await look(looked);
  await pause(LOOK_AGAIN_MS, undefined, { signal: stopped.signal });
  const before = await look(looked);
  const plant = values.plant ? PLANTS[values.plant] : undefined;
  if (plant) await [...looked.processes.values()][0]?.inside.run(plant);

  say(`people work for ${number('minutes')} min`);
  const during: Sample[] = [];
  const tasksBefore = before.values['rows tasks'] ?? 0;
  await peopleWork(place, number('seed') * 2 + 1, async () => {
    const endAt = Date.now() + lengthMs;
    while (Date.now() < endAt) {
      await pause(number('every') * 1000, undefined, { signal: stopped.signal });
      during.push(await look(looked, during.length % BROKER_EVERY !== 0));
      if (during.length % 20 === 0) say(`${during.length} samples, ${(during.at(-1)?.values['rows tasks'] ?? 0) - tasksBefore} tasks`);
    }
  });
  say('everything is deleted');
  await clear(cloud);

  const tasks = ((await look(looked)).values['rows tasks'] ?? 0) - tasksBefore;
  const soakedNow = async (): Promise<Soaked> => ({ before, during, after: await look(looked), tasks });
  let soaked = await soakedNow();
  for (const giveUpAt = Date.now() + SETTLE_MS; Date.now() < giveUpAt && leaksOf(soaked).some((leak) => leak.how === 'did not come back'); ) {
    await pause(LOOK_AGAIN_MS, undefined, { signal: stopped.signal });
    soaked = await soakedNow();
  }
  return tell(soaked, mode);
}

async function tell(soaked: Soaked, mode: string): Promise<number> {
  const leaks = leaksOf(soaked);
  const warnings = await processWarnings();
  const file = path.resolve(values.json);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), machine: await machine(), mode, minutes: number('minutes'), ...soaked, leaks }, null, 1)}\n`);
  console.log(`\n${seriesTable(soaked)}\n`);
  for (const leak of leaks) console.log(`LEAK ${leakLine(leak)}`);
  for (const warning of warnings) console.log(`WARNING ${warning}`);
  console.log(`${soaked.tasks} tasks, ${soaked.during.length} samples, ${leaks.length + warnings.length} leaks; samples in ${path.relative(process.cwd(), file)}`);
  return leaks.length + warnings.length > 0 ? 1 : 0;
}

async function peopleWork(place: Workplace, seed: number, meanwhile: () => Promise<unknown>): Promise<void> {
  const history = openHistory('/dev/null');
  const workload = await startWorkload({ rig: place, history, seed, callsPerSecond: number('rate'), people: number('people') });
  const visitors = await startVisitors(place, seeded(seed).fork('visitors'));
  try {
    await meanwhile();
  } finally {
    await Promise.all([workload.stop(), visitors.stop()]);
    history.close();
    say(`${JSON.stringify(workload.counts())} ${JSON.stringify(visitors.counts())}`);
  }
}

async function lookedAt(cloud: Cloud, servers: Servers | null): Promise<Looked> {
  const names = servers ? [...DAEMONS] : (['all-in-one'] as const);
  const processes = new Map<string, { pid: number; inside: Inside }>();
  for (const name of names) {
    const pid = await pidOf(cloud.layout, name);
    if (!pid) throw new Error(`${name} does not run`);
    processes.set(name, { pid, inside: await lookInto(cloud.layout.log(name)) });
  }
  return { cloud, processes, daemons: DAEMONS, rabbitmq: servers?.rabbitmq ?? null };
}

async function workplaceOf(cloud: Cloud): Promise<Workplace> {
  const name: DaemonName = 'nc';
  const { id } = JSON.parse(await readFile(path.join(cloud.layout.data(name), 'identity.json'), 'utf8')) as { id: string };
  return {
    dir, hypervisor: 'fake', clcUrl: cloud.json.clcUrl, admin: { user: cloud.json.adminUser, password: cloud.json.adminPassword },
    nodes: [{ registeredAs: 'nc-1', ncId: id, dataDir: cloud.layout.data(name), libvirtUri: null }],
  };
}

/** Node warns by itself of an emitter that more and more listen to. */
async function processWarnings(): Promise<string[]> {
  const found: string[] = [];
  for (const name of values['all-in-one'] ? ['all-in-one'] : DAEMONS) {
    const log = await readFile(path.join(dir, 'cloud', 'log', `${name}.log`), 'utf8');
    for (const line of log.split('\n').filter((l) => l.includes('MaxListenersExceededWarning'))) found.push(`${name}: ${line.slice(0, 300)}`);
  }
  return found;
}

async function keepLogs(to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of [...DAEMONS, 'all-in-one']) {
    const log = await readFile(path.join(dir, 'cloud', 'log', `${name}.log`)).catch(() => null);
    if (log) await writeFile(path.join(to, `${name}.log`), log, { mode: 0o600 });
  }
}
