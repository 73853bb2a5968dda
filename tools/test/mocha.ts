// One mocha process for some test files: what it says goes to `said`, its counts and times come from test/support/reporter.cjs.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { modelTimeoutMs } from '@educloud/model-runs';
import { ROOT } from '../build.ts';
import type { Batch } from './stages.ts';

export interface Counts {
  passed: number;
  failed: number;
  /** The failed ones; a process that ended without a word is named by its batch. */
  broken: Array<{ title: string; why: string }>;
  skipped: string[];
  /** Title and time of the tests that took longest. */
  slowest: Array<{ title: string; ms: number }>;
}

const MINUTE_MS = 60_000;
/** For its own after-hooks, which stop servers and clouds. */
const STOP_GRACE_MS = 20_000;

export interface MochaOptions {
  /** Handed on as it is: `--grep …`. */
  extra: string[];
  /** Where the counts may be written. */
  countsFile: string;
  env: Record<string, string>;
  said(text: string): void;
}

export async function runMocha({ stage, name, files }: Batch, { extra, countsFile, env, said }: MochaOptions): Promise<Counts> {
  const colour = process.stdout.isTTY ? ['--color'] : [];
  const child = spawn(
    process.execPath,
    // A node option handed to mocha instead would make it start another process, which signals do not reach.
    ['--import=tsx', path.join(ROOT, 'node_modules/mocha/bin/mocha.js'), '--exit', '--reporter', 'test/support/reporter.cjs', '--timeout', String(modelTimeoutMs(stage.timeoutMs)), ...colour, ...extra, ...files],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env, EDUCLOUD_COUNTS: countsFile } },
  );
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', said);
  const limitMs = modelTimeoutMs(stage.limitMs);
  const limit = setTimeout(() => {
    said(`${name} did not end within ${limitMs / MINUTE_MS} minutes\n`);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS).unref();
  }, limitMs);
  // Not `close`: a server that outlives its test would keep the streams open.
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve).once('error', () => resolve(null)));
  clearTimeout(limit);
  const counts = await readFile(countsFile, 'utf8').then((text) => JSON.parse(text) as Counts, () => null);
  if (!counts) return { passed: 0, failed: 1, broken: [{ title: 'its process', why: 'it ended before its tests did' }], skipped: [], slowest: [] };
  if (code !== 0 && counts.failed === 0) Object.assign(counts, { failed: 1, broken: [{ title: 'its process', why: `it ended with ${code ?? 'a signal'}` }] });
  return counts;
}
