// Where a command passes through each tier, read from the source. Called by `npm run show`, by docs/commands.md and by the house tests.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTANCE_ACTIONS, JOBS, STEPS, type JobName } from '@educloud/contracts';
import { ROOT } from '../build.ts';

export interface Station {
  tier: string;
  file: string;
  what: string;
}

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const exists = (file: string): boolean => existsSync(path.join(ROOT, file));

export const firstLine = (file: string): string => read(file).split('\n').find((line) => line.startsWith('//'))?.replace(/^\/\/\s*/, '') ?? '';

export function filesBelow(dir: string, ending: RegExp): string[] {
  if (!exists(dir)) return [];
  return readdirSync(path.join(ROOT, dir), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(`${dir}/${entry.name}`, ending) : ending.test(entry.name) ? [`${dir}/${entry.name}`] : []))
    .sort();
}

/** Not commands, but what the commands beside them share. */
const SHARED = new Set(['image-create/build.ts', 'image-create/place.ts', 'instance/claim-and-open.ts', 'instance/life.ts', 'instance/one-job.ts', 'instance/throw-away.ts']);
const CLC_COMMANDS = 'apps/clc/src/commands';

/** `image-create/prepare.ts` → `image/create/prepare`; `node-token-create.ts` → `node/token/create` */
export const commandOf = (relative: string): string => relative.replace(/\.ts$/, '').replaceAll('-', '/');

/** Every command of the CLC: one file each. */
export const COMMANDS: string[] = filesBelow(CLC_COMMANDS, /^(?!.*\.spec\.).*\.ts$/).map((f) => f.slice(CLC_COMMANDS.length + 1)).filter((f) => !SHARED.has(f)).map(commandOf);

const relativeOf = (command: string): string | null =>
  filesBelow(CLC_COMMANDS, /\.ts$/).map((f) => f.slice(CLC_COMMANDS.length + 1)).find((f) => !SHARED.has(f) && commandOf(f) === command) ?? null;

/** Stands for any dependency: making a plan uses none of them. */
const anything: unknown = new Proxy(() => undefined, { get: (_t, key) => (key === 'then' ? undefined : key === Symbol.toPrimitive ? () => 0 : anything), apply: () => anything });

/** The jobs of each command's plan, in their order: a plan may use those of another command. */
const PLANS = new Map<string, JobName[]>();
for (const command of COMMANDS) {
  const module = (await import(pathToFileURL(path.join(ROOT, CLC_COMMANDS, relativeOf(command) ?? '')).href)) as Record<string, unknown>;
  for (const [name, plan] of Object.entries(module)) {
    if (/Plan$/.test(name) && typeof plan === 'function') PLANS.set(command, (plan as (deps: unknown) => { jobs: Array<{ name: JobName }> })(anything).jobs.map((job) => job.name));
  }
}

/** Jobs of other commands that the plan of this one uses. */
export const borrowedBy = (command: string): JobName[] => (PLANS.get(command) ?? []).filter((name) => JOBS[name].command !== command);

/** What a person presses or types for a command that has no step of its own name. */
const STEP_OF: Readonly<Record<string, string>> = { discard: 'cancel' };

/** @returns stations that exist, and what should exist but does not */
export function stationsOf(command: string): { stations: Station[]; missing: string[] } {
  const [noun, verb, phase] = command.split('/') as [string, string, string?];
  const stations: Station[] = [];
  const missing: string[] = [];
  const found = (tier: string, file: string): void => void stations.push({ tier, file, what: firstLine(file) });
  /** The first file of a folder whose text has all the needles. */
  const search = (tier: string, dir: string, ...needles: string[]): void => {
    const file = filesBelow(dir, /^(?!.*\.spec\.).*\.tsx?$/).find((f) => needles.every((needle) => read(f).includes(needle)));
    if (file) found(tier, file);
    else missing.push(`${tier}: nothing in ${dir} has ${needles.join(' and ')}`);
  };

  const relative = relativeOf(command);
  if (!relative) return { stations, missing: [`clc: no file in ${CLC_COMMANDS} is called ${command}`] };
  const jobs = Object.entries(JOBS).filter(([, job]) => job.command === command);
  const step = STEP_OF[phase ?? ''] ?? phase;
  const isStep = noun === 'image' && (STEPS as readonly string[]).includes(step ?? '');
  const isBegin = phase === 'begin';

  if (jobs.length > 0) search('contract', 'libs/contracts/src', `'${command}'`);
  else if (isBegin) search('contract', 'libs/contracts/src', `${noun}/${verb}/task/begin`);
  if (isBegin) {
    search('web', 'apps/clc/web/src/pages', 'useBegin(', `'${noun}/${verb}'`);
    search('cli', 'apps/cli/src/commands/image', `command('${verb}`);
  } else if (isStep) {
    // One panel has the buttons of all steps: it must know this one and ask for it.
    search('web', 'apps/clc/web/src/pages', `'${step}'`, 'useStep(', 'step.mutate(');
    search('web api', 'apps/clc/web/src/api', '/task/${step}/');
    search('cli', 'apps/cli/src/commands/task', `'${step}'`, '/task/${step}/');
  }
  if (noun === 'instance') {
    if (jobs.length === 0) search('contract', 'libs/contracts/src', verb === 'define' ? 'DefineInstance =' : `'${verb}'`, verb === 'define' ? 'POST /clc/api/1.0/instances' : 'INSTANCE_ACTIONS');
    const typed = (INSTANCE_ACTIONS as readonly string[]).includes(verb) && verb !== 'modify' ? `['${verb}',` : `command('${verb === 'modify' ? 'set' : verb}')`;
    if (verb !== 'modify') search('web', 'apps/clc/web/src/pages/instances', ...(verb === 'define' ? ['useDefine('] : [`'${verb}'`, 'useAction(']));
    search('cli', 'apps/cli/src/commands/instance', typed);
  }
  search('clc route', 'apps/clc/src/routes', `'../commands/${relative}'`);
  found('clc', `${CLC_COMMANDS}/${relative}`);
  for (const tier of ['walrus', 'cc', 'nc'] as const) {
    const own = jobs.filter(([, job]) => job.role === tier);
    if (own.length === 0) continue;
    const file = `apps/${tier}/src/commands/${relative}`;
    if (!exists(file)) missing.push(`${tier}: ${file}`);
    else found(tier, file);
    for (const [name] of own) if (!exists(file) || !read(file).includes(`job: '${name}'`)) missing.push(`${tier}: ${file} has no handler of ${name}`);
  }
  for (const [name] of jobs.filter(([, job]) => job.role === 'clc')) if (!read(`${CLC_COMMANDS}/${relative}`).includes(name)) missing.push(`clc: ${CLC_COMMANDS}/${relative} does not do ${name}`);
  const borrowed = borrowedBy(command);
  const sources = /^(?!.*\.spec\.).*\.ts$/;
  const placesOf = (tier: string): string[] => (tier === 'clc' ? [`${CLC_COMMANDS}/${relative}`, ...filesBelow('apps/clc/src/jobs', sources), ...filesBelow(CLC_COMMANDS, sources)] : filesBelow(`apps/${tier}/src/commands`, sources));
  for (const tier of ['clc', 'walrus', 'cc', 'nc'] as const) {
    const own = borrowed.filter((name) => JOBS[name].role === tier);
    const needle = (name: JobName): string => (tier === 'clc' ? `name: '${name}'` : `job: '${name}'`);
    const files = new Set(own.map((name) => placesOf(tier).find((file) => read(file).includes(needle(name))) ?? ''));
    for (const file of files) {
      if (file === '') missing.push(`${tier}: nobody does ${own.join(', ')}`);
      else if (!stations.some((s) => s.file === file)) found(tier, file);
    }
  }
  const roles = new Set([...jobs.map(([, job]) => job.role), ...borrowed.map((name) => JOBS[name].role)]);
  if (roles.has('nc')) search('cc status', 'apps/cc/src/status', 'CLC_STATUS_QUEUE');
  if (roles.size > 0) search('clc status', 'apps/clc/src/status', 'saga.onStatus(');
  return { stations, missing };
}
