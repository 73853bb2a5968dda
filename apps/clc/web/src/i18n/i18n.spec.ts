import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JOBS, TASK_STATES } from '@educloud/contracts';
import { en } from './en.ts';
import { zh } from './zh.ts';
import { formatBytes, formatSeconds, formatUntil } from './format.ts';

const leaves = (value: unknown, path = ''): Array<[string, string]> =>
  typeof value === 'string' ? [[path, value]] : Object.entries(value as object).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
const holes = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!).sort();

describe('words of the pages', () => {
  it('has the same keys and the same holes in both languages', () => {
    const chinese = new Map(leaves(zh));
    for (const [key, text] of leaves(en)) {
      assert.ok(chinese.get(key), `zh lacks ${key}`);
      assert.deepEqual(holes(chinese.get(key)!), holes(text), key);
    }
    assert.equal(chinese.size, leaves(en).length);
  });
  it('has every key that the source asks for by name', () => {
    const known = new Set(leaves(en).map(([key]) => key));
    const root = join(import.meta.dirname, '..');
    for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'))) {
      for (const match of readFileSync(join(root, file), 'utf8').matchAll(/\bt\('([^'$]+)'/g)) assert.ok(known.has(match[1]!), `${file} asks for ${match[1]}`);
    }
  });
  it('names every state, every step of the history and every job', () => {
    for (const state of TASK_STATES) assert.ok(state in en.state, state);
    for (const job of Object.keys(JOBS)) assert.ok(job in en.job, job);
    for (const command of new Set(Object.values(JOBS).map((job) => job.command))) {
      if (command.startsWith('image/create/')) assert.ok(command.split('/')[2]! in en.stepName, command);
    }
  });
  it('writes sizes, remaining time and points in time for people', () => {
    assert.equal(formatBytes(1536 * 1024 * 1024, 'en'), '1.5 GiB');
    assert.equal(formatSeconds(3.2, 'en'), '4 sec');
    assert.equal(formatSeconds(3900, 'en'), '1 hr 5 min');
    assert.equal(formatUntil('until you cancel it', 'en'), 'until you cancel it');
    assert.match(formatUntil('2026-01-02T10:00:00Z', 'en'), /2026/);
  });
});
