// `npm run show image/create/prepare`: where a command passes through each tier. Fails when a station is missing.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { JOBS } from '@educloud/contracts';
import { ROOT } from './build.ts';

interface Station {
  tier: string;
  file: string;
  what: string;
}

const firstLine = (file: string): string =>
  readFileSync(path.join(ROOT, file), 'utf8').split('\n').find((line) => line.startsWith('//'))?.replace(/^\/\/\s*/, '') ?? '';

/** @returns stations that exist and files that should exist but do not */
export function stationsOf(command: string): { stations: Station[]; missing: string[] } {
  const [noun, verb, phase] = command.split('/');
  const relative = phase ? `${noun}-${verb}/${phase}.ts` : `${noun}-${verb}.ts`;
  const stations: Station[] = [];
  const missing: string[] = [];
  const need = (tier: string, file: string): void => {
    if (existsSync(path.join(ROOT, file))) stations.push({ tier, file, what: firstLine(file) });
    else missing.push(file);
  };

  const contract = phase ? `libs/contracts/src/${noun}-${verb}.ts` : 'libs/contracts/src/image-create.ts';
  need('contract', contract);
  if (phase) need('web', webStation(phase));
  if (phase) need('clc route', 'apps/clc/src/routes/image-tasks.ts');
  need('clc', `apps/clc/src/commands/${relative}`);
  const jobs = Object.entries(JOBS).filter(([, job]) => job.command === command);
  for (const tier of ['walrus', 'cc', 'nc'] as const) {
    const own = jobs.filter(([, job]) => job.role === tier);
    if (own.length === 0) continue;
    const file = `apps/${tier}/src/commands/${relative}`;
    need(tier, file);
    if (!existsSync(path.join(ROOT, file))) continue;
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    for (const [name] of own) if (!text.includes(`job: '${name}'`)) missing.push(`${file}: handler of ${name}`);
  }
  if (jobs.some(([, job]) => job.role === 'nc')) need('cc status', 'apps/cc/src/status/relay.ts');
  need('clc status', 'apps/clc/src/status/task-status.ts');
  return { stations, missing };
}

/** The component with the step's button. */
function webStation(phase: string): string {
  const folder = 'apps/clc/web/src/pages';
  const name = `${phase[0]?.toUpperCase()}${phase.slice(1)}`;
  const walk = (dir: string): string[] => readdirSync(path.join(ROOT, dir), { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(`${dir}/${e.name}`) : [`${dir}/${e.name}`]));
  const all = existsSync(path.join(ROOT, folder)) ? walk(folder) : [];
  return all.find((f) => new RegExp(`/${name}[A-Z]?[A-Za-z]*\\.tsx$`).test(f)) ?? `${folder}/…/${name}….tsx`;
}

if (process.argv[1]?.endsWith('show-command.ts')) {
  const command = process.argv[2];
  if (!command || !/^[a-z]+\/[a-z]+(\/[a-z]+)?$/.test(command)) {
    console.error('usage: npm run show image/create/prepare');
    process.exit(2);
  }
  const { stations, missing } = stationsOf(command);
  const width = Math.max(...stations.map((s) => s.file.length), 0);
  for (const s of stations) console.log(`${s.tier.padEnd(10)} ${s.file.padEnd(width)}  ${s.what}`);
  for (const m of missing) console.error(`missing    ${m}`);
  process.exit(missing.length > 0 || stations.length === 0 ? 1 : 0);
}
