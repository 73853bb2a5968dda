// `npm run check`: types, lint, import directions, generated files and house rules. The same locally and in CI.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './build.ts';

const bin = (name: string): string => path.join(ROOT, 'node_modules/.bin', name);

interface Check {
  name: string;
  run(): string | null;
}

/** Runs a program; its output is shown only when it fails. */
const program = (name: string, command: string, args: string[]): Check => ({
  name,
  run() {
    const done = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return done.status === 0 ? null : `${done.stdout}\n${done.stderr}`;
  },
});

/** A cruise that looked at fewer modules than there are source files proves nothing. */
const imports: Check = {
  name: 'imports point one way',
  run() {
    const done = spawnSync(bin('depcruise'), ['apps', 'libs', 'test', 'tools', 'bench', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
    if (!done.stdout) return done.stderr;
    const result = JSON.parse(done.stdout) as { modules: Array<{ source: string }>; summary: { violations: Array<{ from: string; to: string; rule: { name: string } }> } };
    const seen = new Set(result.modules.map((m) => m.source));
    const missed = sources().filter((file) => !seen.has(file));
    const bad = result.summary.violations.map((v) => `${v.rule.name}: ${v.from} → ${v.to}`);
    if (missed.length > 0) bad.push(`not looked at: ${missed.slice(0, 10).join(', ')} (${missed.length} files)`);
    return bad.length > 0 ? bad.join('\n') : null;
  },
};

function sources(): string[] {
  const found: string[] = [];
  const walk = (dir: string): void => {
    for (const entry of readdirSync(path.join(ROOT, dir), { withFileTypes: true })) {
      if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue;
      const at = `${dir}/${entry.name}`;
      if (entry.isDirectory()) walk(at);
      else if (/\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts')) found.push(at);
    }
  };
  for (const top of ['apps', 'libs', 'test', 'tools', 'bench']) walk(top);
  return found;
}

const CHECKS: Check[] = [
  program('types', bin('tsc'), ['--noEmit', '-p', '.']),
  program('lint', bin('eslint'), ['--max-warnings', '0', '.']),
  imports,
  program('house rules', process.execPath, [bin('mocha'), '--import=tsx', '--reporter', 'dot', 'test/house/*.test.ts']),
];

let failed = 0;
for (const check of CHECKS) {
  const start = performance.now();
  const trouble = check.run();
  console.log(`${trouble ? '✗' : '✓'} ${check.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (trouble) {
    failed += 1;
    console.log(trouble.trim());
  }
}
process.exit(failed > 0 ? 1 : 0);
