// Tasks through the whole engine: each begun, prepared and run on the fake hypervisor until its event says `running`. Bench `throughput`, and part of `npm run scale`.
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { openCloud, userOf, type User, type Watch } from './cloud.ts';
import { median, percentile, round, type Figure } from './figure.ts';
import { byName, usesOf } from './pss.ts';
import type { Workshop } from './workshop.ts';

const CLIENTS = 20;
/** A person's script does not wait for one task before it begins the next. */
const PER_CLIENT = 4;
const SECONDS = 60;
const WARM_UP = 200;
/** What the only node pretends to have, so that it never runs full. */
export const ROOMY = { nc: { hypervisor: { fakeCpus: 1_000_000, fakeMemoryMiB: 100_000_000 }, reserveBytes: 0, slots: { transfer: 32, disk: 32, boot: 32 } } };
const TARGETS = { 'all-in-one': 200, distributed: 50 } as const;

export interface Load { clients: number; perClient: number; seconds?: number; tasks?: number }

export interface Served {
  running: number;
  seconds: number;
  perSecond: number;
  /** Of each POST: begin, prepare, run. */
  callMs: number[];
  createToRunningMs: number[];
  failures: string[];
}

/** Until the time is over or so many tasks have been begun, whichever is given. */
export async function serveTasks(user: User, watch: Watch, src: string, load: Load): Promise<Served> {
  const began = performance.now();
  const end = load.seconds === undefined ? Infinity : began + load.seconds * 1000;
  let left = load.tasks ?? Infinity;
  const served: Served = { running: 0, seconds: 0, perSecond: 0, callMs: [], createToRunningMs: [], failures: [] };
  const timed = async <T>(call: () => Promise<T>): Promise<T> => {
    const at = performance.now();
    try {
      return await call();
    } finally {
      served.callMs.push(performance.now() - at);
    }
  };
  let last = began;
  const lane = async (): Promise<void> => {
    while (performance.now() < end && left-- > 0) {
      const at = performance.now();
      try {
        const task = await timed(() => user.begin(src, { memoryMiB: 96 }));
        await timed(() => user.step(task, 'prepare'));
        await watch.reaches(task.tid, 'preparing/prepared');
        await timed(() => user.step(task, 'run'));
        await watch.reaches(task.tid, 'editing/running');
        watch.forget(task.tid);
      } catch (e) {
        served.failures.push(e instanceof Error ? e.message : String(e));
        continue;
      }
      if (performance.now() > end) return; // what ends after the time does not count
      served.running += 1;
      last = performance.now();
      served.createToRunningMs.push(last - at);
    }
  };
  await Promise.all(Array.from({ length: load.clients * load.perClient }, lane));
  served.seconds = ((load.seconds === undefined ? last : end) - began) / 1000;
  served.perSecond = served.running / served.seconds;
  return served;
}

/** Small, so that what is measured is the engine and not the disk. */
export async function smallImage(shop: Workshop, user: User): Promise<string> {
  const file = path.join(shop.dir, 'image.raw');
  await writeFile(file, randomBytes(64 * 1024));
  return user.upload(file, 'source', 'raw');
}

export async function throughputBench(shop: Workshop): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const mode of ['all-in-one', 'distributed'] as const) {
    const cloud = await openCloud(shop, mode, { mode, hypervisor: 'fake', overrides: ROOMY });
    const dir = path.join(shop.dir, mode);
    const user = await userOf(cloud);
    const watch = await user.watch();
    const src = await smallImage(shop, user);
    await serveTasks(user, watch, src, { clients: CLIENTS, perClient: PER_CLIENT, tasks: WARM_UP });
    shop.say(`${mode}: ${CLIENTS} clients for ${SECONDS} s`);
    watch.lagsMs.length = 0;
    const before = byName(await usesOf(dir));
    const served = await serveTasks(user, watch, src, { clients: CLIENTS, perClient: PER_CLIENT, seconds: SECONDS });
    const after = byName(await usesOf(dir));
    watch.close();
    await cloud.stop();
    const cpu = [...after].map(([name, u]) => ({ name, share: (u.cpuSeconds - (before.get(name)?.cpuSeconds ?? 0)) / SECONDS })).sort((a, b) => b.share - a.share).filter((c) => c.share >= 0.005);
    const times = (all: number[]): string => `median ${round(median(all), 0)} ms, p99 ${round(percentile(all, 0.99), 0)} ms`;
    figures.push(
      { name: `${mode}: tasks running per second`, value: round(served.perSecond, 1), unit: '/s', limit: null, atLeast: TARGETS[mode], note: `${served.running} tasks in ${SECONDS} s by ${CLIENTS} clients with ${PER_CLIENT} tasks each under way, ${served.failures.length} failed${served.failures[0] ? ` (${served.failures[0]})` : ''}; create → running ${times(served.createToRunningMs)}; events ${times(watch.lagsMs)} after their time; CPU of one core: ${cpu.map((c) => `${c.name} ${Math.round(c.share * 100)} %`).join(', ')}` },
      { name: `${mode}: API p99 meanwhile`, value: round(percentile(served.callMs, 0.99), 1), unit: 'ms', limit: 100, note: `${served.callMs.length} POSTs, ${times(served.callMs)}` },
    );
  }
  return figures;
}
