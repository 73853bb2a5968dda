// Bench `class`: a class of 40 remote desktops, defined and started at once on fake hypervisors, from the click until the event stream says that the
// last one runs. Beside it one desktop alone, which is what a single start costs in the same cloud.
import { openCloud, userOf, type User, type Watch } from './cloud.ts';
import { median, round, spread, type Figure } from './figure.ts';
import { byName, usesOf } from './pss.ts';
import { ROOMY, smallImage } from './throughput.ts';
import type { Workshop } from './workshop.ts';

const CLASS = 40;
const ROUNDS = 7;
const ALONE = 10;
const NODES = 4;

interface Start { seconds: number; answered: number; first: number }

export async function classBench(shop: Workshop): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const mode of ['all-in-one', 'distributed'] as const) {
    const nodes = mode === 'distributed' ? NODES : 1;
    const overrides = mode === 'distributed' ? { nc: ROOMY.nc, 'nc-2': ROOMY.nc, 'nc-3': ROOMY.nc, 'nc-4': ROOMY.nc } : ROOMY;
    const cloud = await openCloud(shop, mode, { mode, hypervisor: 'fake', nodes, overrides });
    const user = await userOf(cloud);
    const watch = await user.watch();
    const imageId = await smallImage(shop, user);
    await startAll(user, watch, imageId, CLASS); // the image gets to every node, and the code warm
    const before = byName(await usesOf(cloud.layout.dir));
    const rounds: Start[] = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      rounds.push(await startAll(user, watch, imageId, CLASS));
      shop.say(`${mode} ${n + 1}/${ROUNDS}: ${CLASS} run after ${rounds.at(-1)?.seconds.toFixed(2)} s`);
    }
    const after = byName(await usesOf(cloud.layout.dir));
    const cpu = [...after].map(([name, u]) => ({ name, ms: ((u.cpuSeconds - (before.get(name)?.cpuSeconds ?? 0)) * 1000) / (ROUNDS * CLASS) })).filter((c) => c.ms >= 0.5).sort((a, b) => b.ms - a.ms);
    const alone: Start[] = [];
    for (let n = 0; n < ALONE; n += 1) alone.push(await startAll(user, watch, imageId, 1));
    watch.close();
    await cloud.stop();
    figures.push({
      name: `${mode}: class of ${CLASS} from click to all running`, value: median(rounds.map((r) => r.seconds)), unit: 's', limit: 2, samples: rounds.map((r) => r.seconds),
      baseline: `one alone ${spread(alone.map((r) => r.seconds * 1000), 'ms', 0)}`,
      note: `define and run of each, all at once, ${nodes} node(s); first one runs after ${round(median(rounds.map((r) => r.first)))} s, all are answered after ${round(median(rounds.map((r) => r.answered)))} s; CPU per desktop, from define to delete: ${cpu.map((c) => `${c.name} ${round(c.ms, 0)} ms`).join(', ')}`,
    });
  }
  return figures;
}

async function startAll(user: User, watch: Watch, imageId: string, count: number): Promise<Start> {
  const clicked = performance.now();
  let answered = 0;
  let first = Infinity;
  const ids = await Promise.all(Array.from({ length: count }, async (_, n) => {
    const id = await user.define({ name: `desktop ${n + 1}`, imageId, kind: 'rvd', lifetime: 'temporary', memoryMiB: 512, cpus: 1 });
    await user.act(id, 'run');
    answered = Math.max(answered, performance.now());
    const { at } = await watch.reaches(id, 'active/-');
    first = Math.min(first, at);
    return id;
  }));
  const seconds = (performance.now() - clicked) / 1000;
  await Promise.all(ids.map(async (id) => {
    await user.act(id, 'delete');
    await watch.reaches(id, 'deleted/-');
    watch.forget(id);
  }));
  return { seconds, answered: (answered - clicked) / 1000, first: (first - clicked) / 1000 };
}
