// The import directions of a tree, by dependency-cruiser. Called by tools/check.ts, and by test/house/imports.test.ts on trees with planted violations.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../build.ts';

const TOPS = ['apps', 'libs', 'test', 'tools', 'bench'];
const SKIPPED = new Set(['node_modules', 'dist']);

/** Every source file below `root` that must have been looked at. */
export function sourcesOf(root: string): string[] {
  const walk = (dir: string): string[] =>
    readdirSync(path.join(root, dir), { withFileTypes: true }).flatMap((entry) => {
      if (SKIPPED.has(entry.name) || entry.name.startsWith('.')) return [];
      const at = `${dir}/${entry.name}`;
      if (entry.isDirectory()) return walk(at);
      return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [at] : [];
    });
  return TOPS.filter((top) => existsSync(path.join(root, top))).flatMap(walk);
}

interface Cruise {
  modules: Array<{ source: string }>;
  summary: { violations: Array<{ from: string; to: string; rule: { name: string } }> };
}

/** @returns one line per mistake: `rule: from → to`. A cruise that looked at fewer modules than there are source files proves nothing, so that is a mistake too. */
export function importMistakes(root: string, config = path.join(ROOT, '.dependency-cruiser.cjs')): string[] {
  const tops = TOPS.filter((top) => existsSync(path.join(root, top)));
  const cruiser = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const done = spawnSync(process.execPath, [cruiser, ...tops, '--config', config, '--output-type', 'json'], { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (!done.stdout) return [`dependency-cruiser did not run: ${done.stderr.trim()}`];
  const { modules, summary } = JSON.parse(done.stdout) as Cruise;
  const seen = new Set(modules.map((m) => m.source));
  return [
    ...summary.violations.map((v) => `${v.rule.name}: ${v.from} → ${v.to}`),
    ...sourcesOf(root).filter((file) => !seen.has(file)).map((file) => `not looked at: ${file}`),
  ];
}
