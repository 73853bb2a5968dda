// Bench `memory`: PSS of a cloud that has just done nothing for a minute. Compiled code, no guest.
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { availableHypervisor } from '../tools/cloud/hypervisor.ts';
import { openCloud } from './cloud.ts';
import { round, type Figure } from './figure.ts';
import { byName, usesOf } from './pss.ts';
import type { Workshop } from './workshop.ts';

const IDLE_MS = 60_000;

export async function memoryBench(shop: Workshop): Promise<Figure[]> {
  const hypervisor = availableHypervisor().kind;
  const figures: Figure[] = [];
  for (const mode of ['distributed', 'all-in-one'] as const) {
    const cloud = await openCloud(shop, mode, { mode, hypervisor });
    const dir = path.join(shop.dir, mode);
    const before = byName(await usesOf(dir));
    shop.say(`${mode}: idling for ${IDLE_MS / 1000} s`);
    await pause(IDLE_MS); // the measured time itself
    const after = byName(await usesOf(dir));
    await cloud.stop();
    const total = [...after.values()].reduce((sum, u) => sum + u.pssMb, 0);
    const cpu = [...after].reduce((sum, [name, u]) => sum + u.cpuSeconds - (before.get(name)?.cpuSeconds ?? u.cpuSeconds), 0);
    const parts = [...after].sort((a, b) => b[1].pssMb - a[1].pssMb).map(([name, u]) => `${name} ${Math.round(u.pssMb)}`).join(', ');
    if (mode === 'distributed') figures.push({ name: 'memory NC', value: round(after.get('nc')?.pssMb ?? NaN, 0), unit: 'MB', limit: 100, note: `PSS after ${IDLE_MS / 1000} s idle, ${hypervisor}` });
    figures.push({ name: `memory ${mode}`, value: round(total, 0), unit: 'MB', limit: mode === 'distributed' ? 600 : 200, note: `${parts}; idle CPU ${round((100 * cpu) / (IDLE_MS / 1000), 1)} % of one core` });
  }
  return figures;
}
