// `npm test`: everything, stage by stage, with private real servers. Last line: `N passed, N failed`.
// `npm test -- unit contract` runs only these stages; what follows `--grep` is handed to mocha.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt, ROOT } from './build.ts';

interface Stage {
  name: string;
  files: string[];
  timeoutMs: number;
  /** Needs dist/ (the five processes, the pages). */
  built: boolean;
  /** The whole stage is a failure after that. */
  limitMs: number;
}

const MIN = 60_000;
const STAGES: Stage[] = [
  { name: 'unit', files: ['libs/*/src/**/*.spec.ts', 'apps/*/src/**/*.spec.ts', 'apps/clc/web/src/**/*.spec.ts', 'tools/**/*.spec.ts', 'test/faults/**/*.spec.ts'], timeoutMs: 10_000, built: false, limitMs: 5 * MIN },
  { name: 'contract', files: ['test/contract/**/*.test.ts'], timeoutMs: 60_000, built: false, limitMs: 6 * MIN },
  { name: 'integration', files: ['test/integration/**/*.test.ts'], timeoutMs: 90_000, built: true, limitMs: 8 * MIN },
  { name: 'system', files: ['test/system/**/*.test.ts'], timeoutMs: 180_000, built: true, limitMs: 15 * MIN },
  { name: 'browser', files: ['test/browser/**/*.test.ts'], timeoutMs: 90_000, built: true, limitMs: 5 * MIN },
];

interface Counts {
  passed: number;
  failed: number;
  skipped: string[];
}

const args = process.argv.slice(2);
const grepAt = args.indexOf('--grep');
const extra = grepAt >= 0 ? args.slice(grepAt) : [];
const wanted = (grepAt >= 0 ? args.slice(0, grepAt) : args).filter((a) => !a.startsWith('-'));
const unknown = wanted.filter((w) => !STAGES.some((s) => s.name === w));
if (unknown.length > 0) {
  console.error(`no such stage: ${unknown.join(', ')}; there are ${STAGES.map((s) => s.name).join(', ')}`);
  process.exit(2);
}

const scratch = await mkdtemp(path.join(os.tmpdir(), 'educloud-test-'));
const total: Counts = { passed: 0, failed: 0, skipped: [] };
const timings: string[] = [];

try {
  for (const stage of STAGES.filter((s) => wanted.length === 0 || wanted.includes(s.name))) {
    if (stage.built) await ensureBuilt();
    const start = Date.now();
    console.log(`\n== ${stage.name} ==`);
    const counts = await run(stage);
    timings.push(`${stage.name} ${Math.round((Date.now() - start) / 1000)} s (${counts.passed}/${counts.passed + counts.failed})`);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped.push(...counts.skipped);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}

console.log(`\n${timings.join(' · ')}`);
if (total.skipped.length > 0) {
  console.log(`not run: ${total.skipped.join('; ')}`);
  // What could not run was not proven.
  if (process.env.CI === 'true') total.failed += total.skipped.length;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);

async function run(stage: Stage): Promise<Counts> {
  const file = path.join(scratch, `${stage.name}.json`);
  const child = spawn(
    process.execPath,
    [path.join(ROOT, 'node_modules/mocha/bin/mocha.js'), '--import=tsx', '--exit', '--reporter', 'test/support/reporter.cjs', '--timeout', String(stage.timeoutMs), ...extra, ...stage.files],
    { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, EDUCLOUD_COUNTS: file } },
  );
  const limit = setTimeout(() => {
    console.error(`the stage ${stage.name} did not end within ${stage.limitMs / MIN} minutes`);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 20_000).unref();
  }, stage.limitMs);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearTimeout(limit);
  const counts = await readFile(file, 'utf8').then((text) => JSON.parse(text) as Counts, () => null);
  if (!counts) return { passed: 0, failed: 1, skipped: [] };
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}
