// `npm test`: everything, several test files side by side, with private real servers. Last line: `N passed, N failed`.
// `npm test -- unit contract` runs only these stages; what follows `--grep` is handed to mocha. `--lanes N`: how many files at a time.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './build.ts';
import { makeGuestImage } from './guest-image.ts';
import { portsOfLane } from './servers/ports.ts';
import { createTurns, inLanes } from './test/lanes.ts';
import { runMocha, type Counts } from './test/mocha.ts';
import { batchesOf, STAGES, type Batch } from './test/stages.ts';

/** Most tests wait more than they compute: for restarts, beats and guests. */
const LANES = Math.max(2, Math.min(6, os.availableParallelism() + 1));
const SLOWEST = 10;

const args = process.argv.slice(2);
const grepAt = args.indexOf('--grep');
const extra = grepAt >= 0 ? args.slice(grepAt) : [];
const { values, positionals: wanted } = parseArgs({ args: grepAt >= 0 ? args.slice(0, grepAt) : args, options: { lanes: { type: 'string' } }, allowPositionals: true });
const lanes = Number(values.lanes ?? LANES);
const unknown = wanted.filter((w) => !STAGES.some((s) => s.name === w));
if (unknown.length > 0 || !Number.isInteger(lanes) || lanes < 1) {
  console.error(unknown.length > 0 ? `no such stage: ${unknown.join(', ')}; there are ${STAGES.map((s) => s.name).join(', ')}` : '--lanes: a number from 1 on');
  process.exit(2);
}

const stages = STAGES.filter((s) => wanted.length === 0 || wanted.includes(s.name));
const scratch = await mkdtemp(path.join(os.tmpdir(), 'educloud-test-'));
const total: Counts = { passed: 0, failed: 0, broken: [], skipped: [], slowest: [] };
const times = new Map(stages.map(({ name }) => [name, { from: Infinity, to: 0, passed: 0, failed: 0 }]));
const ms = (since: number): number => Math.round(performance.now() - since);
const seconds = (took: number): string => `${(took / 1000).toFixed(1)} s`;

// Once, before several want it at the same time. A test that needs what could not be made says so itself.
let made: Promise<unknown> | null = null;
const ready = (): Promise<unknown> => (made ??= make().catch((e: unknown) => console.error(e)));
async function make(): Promise<void> {
  await ensureBuilt();
  if (extra.length === 0) for (const kind of ['disk', 'iso'] as const) await makeGuestImage(kind);
}
if (stages.some((s) => s.built)) void ready();

async function run(batch: Batch, lane: number): Promise<void> {
  const { stage, name } = batch;
  if (stage.built) await ready();
  const start = performance.now();
  const voice = turn();
  voice.say(`\n== ${name} ==\n`);
  const counts = await runMocha(batch, { extra, countsFile: path.join(scratch, `${name.replace(/\W+/g, '-')}.json`), env: portsOfLane(lane, lanes), said: (text) => voice.say(text) });
  voice.say(`-- ${name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds(ms(start))}\n`);
  voice.end();
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.broken.push(...counts.broken.map(({ title, why }) => ({ title: `${name}: ${title}`, why })));
  total.skipped.push(...counts.skipped);
  total.slowest.push(...counts.slowest);
  const sum = times.get(stage.name);
  if (sum) Object.assign(sum, { from: Math.min(sum.from, start), to: performance.now(), passed: sum.passed + counts.passed, failed: sum.failed + counts.failed });
}

const start = performance.now();
const turn = createTurns((text) => process.stdout.write(text));
try {
  await inLanes(batchesOf(stages, extra.length > 0), lanes, run);
} finally {
  await rm(scratch, { recursive: true, force: true });
}

console.log('\nslowest:');
for (const { title, ms: took } of total.slowest.sort((a, b) => b.ms - a.ms).slice(0, SLOWEST)) console.log(`  ${seconds(took).padStart(7)}  ${title}`);
console.log(`\n${[...times].map(([name, t]) => `${name} ${Math.round((t.to - t.from) / 1000)} s (${t.passed}/${t.passed + t.failed})`).join(' · ')} · in all ${seconds(ms(start))}`);
// Again, with the cause: of a long output often only the end is kept.
for (const { title, why } of total.broken) console.log(`failed: ${title}\n${why.replace(/^/gm, '  ')}`);
// What could not run was not proven.
const skippedFails = process.env.CI === 'true';
for (const title of total.skipped) console.log(`not run${skippedFails ? ' (counts as failed)' : ''}: ${title}`);
if (skippedFails) total.failed += total.skipped.length;
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
