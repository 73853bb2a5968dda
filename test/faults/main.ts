// `npm run faults`: campaigns of seeded faults against a whole cloud on real servers. Each ends with a check of every invariant.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../tools/build.ts';
import { runCampaign, type Order } from './campaign.ts';
import { FAULTS } from './faults/index.ts';
import { measureFigures } from './figures.ts';
import { seeded } from './seeded.ts';
import { layNetwork } from './rig/network.ts';
import { makeWorkFolder, putAway, sweepOrphanedRigs } from './rig/put-away.ts';
import { startRig, startRigServers } from './rig/start-rig.ts';
import { scheduleOf } from './schedule.ts';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', multiple: true }, minutes: { type: 'string' }, commands: { type: 'string' }, builds: { type: 'string' }, kills: { type: 'string' }, nodes: { type: 'string', default: '3' }, controllers: { type: 'string', default: '1' }, hypervisor: { type: 'string', default: 'fake' },
    faults: { type: 'string' }, gap: { type: 'string' }, overlap: { type: 'string', default: '3' }, rate: { type: 'string', default: '4' }, people: { type: 'string', default: '6' },
    replay: { type: 'boolean' }, figures: { type: 'boolean' }, ci: { type: 'boolean' }, quiet: { type: 'string', default: '300' }, keep: { type: 'string', default: path.join(ROOT, '.data/faults') }, help: { type: 'boolean', short: 'h' },
  },
});
/** Nobody chose them for being easy. */
const CI_SEEDS = [1, 2, 3];
/** Short and dense, so that it fits into every run of CI. */
const values = { ...given, minutes: given.minutes ?? (given.ci ? '0.75' : '2'), gap: given.gap ?? (given.ci ? '2.5' : '4') };

if (values.help) {
  console.log(`npm run faults -- [--seed S]… [--minutes M] [--nodes N] [--hypervisor fake|libvirt] [--ci] [--replay FILE…]
  --seed S          the same seed gives the same schedule and the same people; several: one campaign after the other (default: a new one)
  --minutes M       how long people work and faults strike (default 2); healing and coming to rest comes on top
  --commands N --kills K
                    instead of minutes: until N commands were accepted and K kill -9 were done, of any daemon or server
  --builds N --kills K
                    until N builds were submitted
  --nodes N         node controllers (default 3)
  --controllers N   cloud controllers on the one database and broker (default 1); everybody reaches whichever takes the connection
  --hypervisor H    fake (default) or libvirt: real guests
  --faults A,B      only these kinds: ${FAULTS.map((f) => f.name).join(', ')}
  --gap SECONDS     mean time between two faults (default 4)
  --overlap K       at most so many at once (default 3)
  --rate N          calls per second of all people together (default 4), --people N how many (default 6)
  --quiet SECONDS   all work must have ended so long after healing (default 300)
  --replay FILE…    schedule.json of kept campaigns, done again
  --ci              seeds ${CI_SEEDS.join(', ')}, 45 s each, a fault every 2.5 s
  --figures         no campaign: how long the cloud takes to be itself again after one clean fault of each kind
  --keep DIR        where the traces of a campaign that found something go (default .data/faults)
Needs root: network namespaces and mounts. Last line: N passed, N failed.`);
  process.exit(0);
}
if (process.getuid?.() !== 0) fail('the fault rig makes network namespaces and mounts: it needs root');

const number = (name: 'minutes' | 'commands' | 'builds' | 'kills' | 'nodes' | 'controllers' | 'gap' | 'overlap' | 'rate' | 'people' | 'quiet'): number => {
  const value = Number(values[name]);
  return value > 0 ? value : fail(`--${name} ${values[name]} is not a number above 0`);
};
const hypervisor = values.hypervisor === 'libvirt' || values.hypervisor === 'fake' ? values.hypervisor : fail(`--hypervisor ${values.hypervisor}: fake or libvirt`);
const wanted = values.faults?.split(',');
const unknown = wanted?.filter((name) => !FAULTS.some((f) => f.name === name)) ?? [];
if (unknown.length > 0) fail(`no such fault: ${unknown.join(', ')}; there are ${FAULTS.map((f) => f.name).join(', ')}`);

const orders: Order[] = values.replay ? await Promise.all(positionals.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Order)) : seeds().map(orderOf);
if (orders.length === 0) fail('--replay needs at least one schedule.json');

const say = (text: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort(new Error(`stopped by ${signal}`)));

await sweepOrphanedRigs();
const workFolder = await makeWorkFolder();
let passed = 0;
const failed: string[] = [];
try {
  const nodes = Math.max(...orders.map((o) => o.nodes));
  const network = await layNetwork(process.pid, nodes);
  say('starting the servers');
  const servers = await startRigServers(workFolder, orders.length);
  for (const [index, order] of orders.entries()) {
    stopped.signal.throwIfAborted();
    say(`seed ${order.seed}: ${order.strikes.length} faults in ${order.lengthMs / 1000} s on ${order.nodes} nodes (${order.hypervisor}); starting the cloud`);
    const rig = await startRig({ workFolder, number: index + 1, seed: order.seed, hypervisor: order.hypervisor, controllers: order.controllers ?? 1, servers, network: { ...network, cables: network.cables.slice(0, order.nodes) }, random: seeded(order.seed), say });
    try {
      if (values.figures) {
        for (const { what, ms, limitMs } of await measureFigures(rig, say)) {
          console.log(`${what}: ${ms.map((one) => (one / 1000).toFixed(1)).join(', ')} s (limit ${limitMs / 1000} s)`);
          if (ms.every((one) => one <= limitMs)) passed += 1;
          else failed.push(what);
        }
        continue;
      }
      const outcome = await runCampaign({ rig, order, keepIn: path.resolve(values.keep), quietWithinMs: number('quiet') * 1000, signal: stopped.signal, say });
      for (const violation of outcome.violations) console.log(`  ${violation.invariant}: ${violation.says}`);
      console.log(outcome.summary);
      if (outcome.kept) {
        console.log(`  traces: ${outcome.kept}\n  again:  npm run faults -- --replay ${path.join(outcome.kept, 'schedule.json')}`);
        failed.push(outcome.summary);
      } else passed += 1;
    } finally {
      await rig.stop();
    }
  }
} catch (e) {
  console.error(stopped.signal.aborted ? 'stopped' : e);
  failed.push('the campaign could not be carried out');
} finally {
  say('putting everything away');
  await putAway(workFolder);
}
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length > 0 ? 1 : 0);

function seeds(): number[] {
  if (values.ci) return CI_SEEDS;
  const named = (values.seed ?? []).map((s) => (/^\d+$/.test(s) ? Number(s) : fail(`--seed ${s} is not a whole number`)));
  return named.length > 0 ? named : [Math.floor(Math.random() * 1e6)];
}

function orderOf(seed: number): Order {
  const shape = { hypervisor, nodes: number('nodes'), controllers: number('controllers') } as const;
  const pace = { gapMs: number('gap') * 1000, overlap: number('overlap') };
  if (values.commands || values.builds) {
    const strikes = scheduleOf({ seed, shape, faults: FAULTS.filter((f) => f.name.endsWith('kill') && (!wanted || wanted.includes(f.name))), until: { strikes: number('kills') }, ...pace });
    const lengthMs = Math.max(...strikes.map((s) => s.atMs + s.lastsMs));
    const least = { ...(values.commands ? { commands: number('commands') } : {}), ...(values.builds ? { builds: number('builds') } : {}) };
    return { seed, ...shape, lengthMs, callsPerSecond: number('rate'), people: number('people'), ...least, strikes };
  }
  const lengthMs = number('minutes') * 60_000;
  const strikes = scheduleOf({ seed, shape, faults: FAULTS.filter((f) => !wanted || wanted.includes(f.name)), until: { lengthMs }, ...pace });
  return { seed, ...shape, lengthMs, callsPerSecond: number('rate'), people: number('people'), strikes };
}

function fail(why: string): never {
  console.error(why);
  process.exit(2);
}
