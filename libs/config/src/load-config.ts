// The configuration of a daemon, from file and environment, checked once. All mistakes are told together.
// Precedence: schema defaults < seed conf < YAML file < environment.
import { readFileSync } from 'node:fs';
import { CloudError } from '@educloud/errors';
import { LineCounter, isNode, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { fromEnvironment, variableName } from './environment.ts';
import { keysOf } from './schema-shape.ts';
import { readSeedConf, type SeedConf } from './seed-conf.ts';

export interface ConfigRequest<S extends z.ZodType> {
  role: string;
  schema: S;
  /** Must exist when named. Absent: EDUCLOUD_<ROLE>_CONFIG names it, or there is none. */
  file?: string | undefined;
  /** Taken when nothing else names a file, and only if it exists, e.g. `/etc/educloud/clc.yaml`. */
  defaultFile?: string | undefined;
  /** Default: the environment of the process. */
  env?: Record<string, string | undefined>;
  seedConf?: SeedConf[];
  /** Null: there is no such file. */
  read?(file: string): string | null;
}

interface Mistake { where: string; key: string; message: string }

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw e;
  }
}

function put(target: Record<string, unknown>, path: string[], value: unknown): void {
  let at = target;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    at = (typeof next === 'object' && next !== null && !Array.isArray(next) ? next : (at[key] = {})) as Record<string, unknown>;
  }
  at[path[path.length - 1] as string] = value;
}

function unknownKeys(value: unknown, schemas: z.ZodType[], path: string[] = []): string[][] {
  const all = schemas.map(keysOf);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || all.length === 0 || all.some((k) => k === null)) return [];
  const known: Record<string, z.ZodType[]> = {};
  for (const keys of all) for (const [k, v] of Object.entries(keys ?? {})) (known[k] ??= []).push(...v);
  return Object.entries(value).flatMap(([key, inner]) => (Object.hasOwn(known, key) ? unknownKeys(inner, known[key] ?? [], [...path, key]) : [[...path, key]]));
}

class Sources {
  private readonly env = new Map<string, string>();
  private readonly seed = new Map<string, string>();
  doc: Document | null = null;
  file = '';
  readonly lines = new LineCounter();

  fromEnv(path: string[], variable: string): void { this.env.set(path.join('.'), variable); }
  fromSeed(path: string[], file: string): void { this.seed.set(path.join('.'), file); }

  /** The nearest source of a key: its variable, its line in the file, or where it would have to stand. */
  of(role: string, path: string[]): string {
    for (let n = path.length; n > 0; n--) {
      const variable = this.env.get(path.slice(0, n).join('.'));
      if (variable) return variable;
      const node = this.doc?.getIn(path.slice(0, n), true);
      if (isNode(node) && node.range) return `${this.file}:${this.lines.linePos(node.range[0]).line}`;
      const seed = this.seed.get(path.slice(0, n).join('.'));
      if (seed) return seed;
    }
    return this.file || variableName(role, path);
  }
}

/** @throws CONFIG_INVALID with one line per mistake, in `message` and as `data.mistakes`. */
export function loadConfig<S extends z.ZodType>(request: ConfigRequest<S>): z.output<S> {
  const { role, schema, env = process.env, read = readIfThere, seedConf = [] } = request;
  const mistakes: Mistake[] = [];
  const values: Record<string, unknown> = {};
  const sources = new Sources();
  const fileVariable = variableName(role, ['config']);

  for (const seed of seedConf) {
    const text = read(seed.file);
    if (text === null) continue;
    const found = readSeedConf(text);
    if ('mistake' in found) mistakes.push({ where: seed.file, key: 'IP', message: found.mistake });
    else { put(values, seed.path, seed.value(found.ip)); sources.fromSeed(seed.path, seed.file); }
  }

  const named = request.file ?? env[fileVariable];
  const file = named ?? request.defaultFile;
  const text = file === undefined ? null : read(file);
  if (named !== undefined && text === null) mistakes.push({ where: named, key: '', message: 'there is no such file' });
  if (file !== undefined && text !== null) {
    const doc = parseDocument(text, { lineCounter: sources.lines });
    for (const e of doc.errors) mistakes.push({ where: `${file}:${e.linePos?.[0].line ?? 0}`, key: '', message: e.message.split('\n')[0] ?? 'not YAML' });
    if (doc.errors.length === 0) {
      sources.doc = doc;
      sources.file = file;
      const parsed: unknown = doc.toJS() ?? {};
      if (typeof parsed !== 'object' || Array.isArray(parsed)) mistakes.push({ where: file, key: '', message: 'the file is not a list of keys and values' });
      else mergeInto(values, parsed as Record<string, unknown>);
    }
  }

  const fromEnv = fromEnvironment(role, schema, env, new Set([fileVariable]));
  for (const { path, value, variable } of fromEnv.values) { put(values, path, value); sources.fromEnv(path, variable); }
  for (const variable of fromEnv.unknown) mistakes.push({ where: variable, key: '', message: 'no key of this daemon has this name' });

  for (const path of unknownKeys(values, [schema])) mistakes.push({ where: sources.of(role, path), key: path.join('.'), message: 'unknown key' });
  const result = schema.safeParse(values);
  for (const issue of result.success ? [] : result.error.issues) {
    if (issue.code === 'unrecognized_keys') continue; // told above, with their lines
    const path = issue.path.map(String);
    mistakes.push({ where: sources.of(role, path), key: path.join('.'), message: issue.message });
  }
  if (result.success && mistakes.length === 0) return result.data;
  const list = mistakes.map((m) => `${m.where}: ${m.key ? `${m.key}: ` : ''}${m.message}`);
  throw new CloudError('CONFIG_INVALID', `the configuration of ${role} has ${list.length === 1 ? 'a mistake' : `${list.length} mistakes`}:\n  ${list.join('\n  ')}`, { data: { mistakes: list } });
}

function mergeInto(target: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(from)) {
    const old = target[key];
    const both = [old, value].every((v) => typeof v === 'object' && v !== null && !Array.isArray(v));
    if (both) mergeInto(old as Record<string, unknown>, value as Record<string, unknown>);
    else Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true }); // also for a key named __proto__
  }
}
