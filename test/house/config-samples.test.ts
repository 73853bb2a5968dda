// config/*.yaml is what an administrator reads: whole, explained, and exactly what the daemon does without it.
import assert from 'node:assert/strict';
import { readFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROLES } from '@educloud/contracts';
import { parse } from 'yaml';
import type { z } from 'zod';

const ROOT = path.join(import.meta.dirname, '../..');

interface Def { innerType?: z.ZodType; in?: z.ZodType; shape?: Record<string, z.ZodType> }
const defOf = (schema: z.ZodType): Def => (schema as unknown as { def: Def }).def;

/** Paths of all keys of an object schema, through defaults and optionals. */
function keysOf(schema: z.ZodType, prefix: string[] = []): string[][] {
  const def = defOf(schema);
  const inner = def.innerType ?? def.in;
  if (inner) return keysOf(inner, prefix);
  return Object.entries(def.shape ?? {}).flatMap(([key, value]) => [[...prefix, key], ...keysOf(value, [...prefix, key])]);
}

/** Keys of a sample, also those commented out, each with whether a comment stands right above it. */
function keysWritten(text: string): Map<string, boolean> {
  const found = new Map<string, boolean>();
  const stack: { indent: number; key: string }[] = [];
  const lines = text.split('\n');
  lines.forEach((line, i) => {
    const m = /^( *)(?:# )?([A-Za-z][A-Za-z0-9]*):(?: |$)/.exec(line);
    if (!m) return;
    while (stack.length > 0 && stack.at(-1)!.indent >= m[1]!.length) stack.pop();
    const name = [...stack.map((s) => s.key), m[2]!].join('.');
    if (!found.has(name)) found.set(name, /^\s*# \S/.test(lines[i - 1] ?? ''));
    if (!line.trimStart().startsWith('#')) stack.push({ indent: m[1]!.length, key: m[2]! });
  });
  return found;
}

describe('the sample configuration', () => {
  for (const role of ROLES) {
    it(`of ${role} names and explains every key and changes no default`, async () => {
      const source = path.join(ROOT, 'apps', role, 'src/config.ts');
      assert.ok(existsSync(source), `${role} has no src/config.ts`);
      const name = `${role[0]!.toUpperCase()}${role.slice(1)}Config`;
      const schema = ((await import(pathToFileURL(source).href)) as Record<string, z.ZodType>)[name];
      assert.ok(schema, `src/config.ts exports ${name}`);
      const text = readFileSync(path.join(ROOT, 'config', `${role}.yaml`), 'utf8');
      const written = keysWritten(text);
      const wanted = keysOf(schema).map((k) => k.join('.'));
      assert.deepEqual(wanted.filter((k) => !written.has(k)), [], 'keys that are missing');
      assert.deepEqual(wanted.filter((k) => written.get(k) === false), [], 'keys without a comment above them');
      assert.deepEqual(schema.parse(parse(text)), schema.parse({}));
    });
  }
});
