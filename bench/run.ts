// `npm run bench [-- NAME… --json FILE]`: each figure against a baseline of the same run, as a table and as JSON. Puts everything away, also on Ctrl-C.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../tools/build.ts';
import { cacheBench } from './cache.ts';
import { cloneBench } from './clone.ts';
import { fits, table, type Figure } from './figure.ts';
import { classBench } from './instance-class.ts';
import { instanceListBench } from './instance-list.ts';
import { instanceNetworkBench, instanceRunBench, instanceStopBench, togetherBench } from './instance-run.ts';
import { linksBench } from './links.ts';
import { machine } from './machine.ts';
import { memoryBench } from './memory.ts';
import { runBench } from './run-guest.ts';
import { scaleBench } from './scale.ts';
import { startBench } from './start.ts';
import { throughputBench } from './throughput.ts';
import { transferBench } from './transfer.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

interface Bench { about: string; run(shop: Workshop): Promise<Figure[]> }
interface Measured { at: string; seconds: number; figures: Figure[]; error?: string }

const BENCHES: Record<string, Bench> = {
  transfer: { about: '1 GiB Walrus → CC → NC over loopback against curl, with CPU seconds', run: transferBench },
  links: { about: 'prepare of a 1 GiB image over links of 1 Gb/s against one curl (root: network namespaces)', run: linksBench },
  run: { about: 'POST …/run until the domain runs against bare define + start', run: runBench },
  clone: { about: 'the cloneDisk job for disks of 1, 10 and 100 GiB against bare qemu-img', run: cloneBench },
  cache: { about: '50 nodes ask for one image at once: what Walrus sends', run: cacheBench },
  scale: { about: '500 nodes and 5,000 tasks on one CC and one CLC: false alarms, latency of lists', run: scaleBench },
  throughput: { about: 'tasks from create to running on the fake hypervisor, 20 clients for 60 s, all-in-one and distributed', run: throughputBench },
  class: { about: 'a class of 40 on fake hypervisors from the click until all run, against one alone', run: classBench },
  'instance-run': { about: 'POST …/run of an instance until the domain runs against bare overlay + define + start', run: instanceRunBench },
  'instance-network': { about: 'the same with a network card on a bridge and a forwarded port, in private mode (root: network namespaces)', run: instanceNetworkBench },
  together: { about: '20 instances at once against 20 bare guests in parallel', run: togetherBench },
  'instance-stop': { about: 'what a stop adds to the guest’s own shutdown', run: instanceStopBench },
  'instance-list': { about: 'first page of 10,000 instances on SQLite and MariaDB, plain, filtered, as an owner', run: instanceListBench },
  memory: { about: 'PSS of every process after 60 s of idling', run: memoryBench },
  start: { about: 'cold start from an initialised data directory until all are ready and registered', run: startBench },
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' }, help: { type: 'boolean', short: 'h' } }, strict: true });
const unknown = positionals.filter((name) => !BENCHES[name]);
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`unknown: ${unknown.join(', ')}`);
  console.log(`npm run bench -- [NAME…] [--json FILE]   (default: all, .data/bench.json; single ones replace theirs in the file)\n${Object.entries(BENCHES).map(([name, b]) => `  ${name.padEnd(16)} ${b.about}`).join('\n')}`);
  process.exitCode = unknown.length > 0 ? 64 : 0;
} else await main();

async function main(): Promise<void> {
  const file = path.resolve(values.json ?? path.join(ROOT, '.data/bench.json'));
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  const earlier = positionals.length > 0 ? await readFile(file, 'utf8').then((t) => (JSON.parse(t) as { benches: Record<string, Measured> }).benches, () => ({})) : {};
  const benches: Record<string, Measured> = { ...earlier };
  let open: Workshop | null = null;
  const interrupted = (signal: NodeJS.Signals): void => {
    console.error(`${signal}: putting everything away`);
    void open?.end().finally(() => process.exit(130));
    if (!open) process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);

  for (const name of names) {
    open = await openWorkshop(name);
    const begun = performance.now();
    const measured: Measured = { at: new Date().toISOString(), seconds: 0, figures: [] };
    try {
      measured.figures = await (BENCHES[name] as Bench).run(open);
    } catch (e) {
      measured.error = e instanceof Error ? e.message : String(e);
      console.error(`${name} FAILED:`, e);
      process.exitCode = 1;
    } finally {
      await open.end();
    }
    measured.seconds = Math.round((performance.now() - begun) / 1000);
    benches[name] = measured;
  }
  process.off('SIGINT', interrupted).off('SIGTERM', interrupted);

  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ machine: await machine(), benches }, null, 2)}\n`);
  const figures = names.flatMap((name) => benches[name]?.figures ?? []);
  console.log(`\n${table(figures)}\n`);
  for (const f of figures) if (f.note) console.log(`${f.name}: ${f.note}`);
  const missed = figures.filter((f) => !fits(f));
  console.log(`\n${figures.length} figures, ${missed.length} beyond their limit; JSON in ${path.relative(process.cwd(), file)}`);
}
