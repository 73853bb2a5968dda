// Bench `scale`: 500 nodes that beat every 10 s and 5,000 tasks with their instances, on one CC and one CLC. While that goes on, a person lists things.
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { DaemonView } from '@educloud/contracts';
import { openCloud, userOf } from './cloud.ts';
import { median, percentile, round, type Figure } from './figure.ts';
import { addNodes } from './nodes.ts';
import { byName, usesOf } from './pss.ts';
import type { Workshop } from './workshop.ts';

const NODES = 500;
const PER_PROCESS = 50;
const TASKS = 5000;
const MEASURED_MS = 150_000;
const EVERY_MS = 100;
const LISTS = ['/nodes', '/tasks', '/images'] as const;

export async function scaleBench(shop: Workshop): Promise<Figure[]> {
  const cloud = await openCloud(shop, 'cloud', { mode: 'distributed', hypervisor: 'fake' });
  const dir = path.join(shop.dir, 'cloud');
  const user = await userOf(cloud);
  const watch = await user.watch();
  shop.onEnd(() => watch.close());
  const file = path.join(shop.dir, 'image.raw');
  await writeFile(file, randomBytes(1024 * 1024));
  const src = await user.upload(file, 'source', 'raw');

  let begun = performance.now();
  let left = TASKS;
  await Promise.all(Array.from({ length: 4 }, async () => { while (left-- > 0) await user.begin(src, { memoryMiB: 96 }); }));
  const beginMs = (performance.now() - begun) / TASKS;
  shop.say(`${TASKS} tasks begun, ${round(beginMs, 1)} ms each`);

  begun = performance.now();
  await addNodes(shop, cloud, user, { count: NODES, perProcess: PER_PROCESS });
  shop.say(`${NODES} nodes registered within ${round((performance.now() - begun) / 1000, 0)} s`);
  // What the crowd at the start did to the others is not the matter here.
  await pause(15_000);

  const notUp = new Set<string>();
  const alarms = watch.nodes.length;
  const times = new Map<string, number[]>(LISTS.map((l) => [l, []]));
  const before = byName(await usesOf(dir));
  const end = performance.now() + MEASURED_MS;
  let leastNodes = Infinity;
  for (let n = 0; performance.now() < end; n += 1) {
    const list = LISTS[n % LISTS.length] as string;
    const at = performance.now();
    const { items } = await user.get<{ items: unknown[] }>(list);
    const ms = performance.now() - at;
    times.get(list)?.push(ms);
    if (list === '/nodes') {
      const nodes = (items as DaemonView[]).filter((d) => d.role === 'nc');
      leastNodes = Math.min(leastNodes, nodes.length);
      for (const node of nodes) if (node.state !== 'up') notUp.add(`${node.name} ${node.state}`);
    }
    await pause(Math.max(0, EVERY_MS - ms));
  }
  const after = byName(await usesOf(dir));
  if (leastNodes < NODES) throw new Error(`only ${leastNodes} nodes were listed`);
  const raised = watch.nodes.slice(alarms).filter((n) => n.state !== 'up');
  for (const n of raised) notUp.add(`${n.id} ${n.state}`);
  const falseDown = [...notUp].filter((n) => n.endsWith('down')).length;
  const use = [...after].sort((a, b) => b[1].pssMb - a[1].pssMb).map(([name, u]) => `${name} ${Math.round(u.pssMb)} MB, ${round((100 * (u.cpuSeconds - (before.get(name)?.cpuSeconds ?? 0))) / (MEASURED_MS / 1000), 0)} %`).join('; ');
  return [
    { name: `${NODES} nodes: false "down"`, value: falseDown, unit: '', limit: 0, note: `over ${MEASURED_MS / 1000} s; "suspect": ${notUp.size - falseDown}; memory and CPU of one core: ${use}` },
    ...LISTS.map((list): Figure => {
      const all = times.get(list) ?? [];
      return { name: `list ${list} p99`, value: round(percentile(all, 0.99), 1), unit: 'ms', limit: 100, note: `${all.length} calls, median ${round(median(all), 1)} ms, longest ${round(Math.max(...all), 1)} ms; seen by a client on the same two cores` };
    }),
  ];
}
