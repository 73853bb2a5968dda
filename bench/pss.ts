// Memory and CPU of a private cloud's processes: those its pid files name, and all their descendants.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { layoutOf } from '../tools/cloud/layout.ts';

export interface ProcessUse { pid: number; name: string; pssMb: number; cpuSeconds: number }

const TICKS_PER_SECOND = 100;

async function pidFiles(dir: string): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const layout = layoutOf(dir);
  const add = async (file: string, name: string): Promise<void> => {
    const pid = Number((await readFile(file, 'utf8').catch(() => '')).trim().split(' ')[0]);
    if (pid > 1) found.set(pid, name);
  };
  for (const f of await readdir(path.join(dir, 'run')).catch(() => [])) if (f.endsWith('.pid')) await add(path.join(dir, 'run', f), f.replace('.pid', ''));
  for (const server of await readdir(layout.servers).catch(() => [])) {
    for (const f of await readdir(path.join(layout.servers, server)).catch(() => [])) if (f.endsWith('.pid')) await add(path.join(layout.servers, server, f), server);
  }
  return found;
}

/** Guests (QEMU) do not count. */
export async function usesOf(dir: string): Promise<ProcessUse[]> {
  const names = await pidFiles(dir);
  const parents = new Map<number, { parent: number; command: string; cpuSeconds: number }>();
  for (const entry of await readdir('/proc')) {
    const stat = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => null) : null;
    if (!stat) continue;
    const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    parents.set(Number(entry), { parent: Number(rest[1]), command: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')), cpuSeconds: (Number(rest[11]) + Number(rest[12])) / TICKS_PER_SECOND });
  }
  const nameOf = (pid: number): string | null => {
    for (let at = pid; at > 1; at = parents.get(at)?.parent ?? 0) {
      const name = names.get(at);
      if (name) return name;
    }
    return null;
  };
  const uses: ProcessUse[] = [];
  for (const [pid, { command, cpuSeconds }] of parents) {
    const name = nameOf(pid);
    if (!name || command.startsWith('qemu')) continue;
    const kib = Number(/^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => ''))?.[1] ?? 0);
    uses.push({ pid, name, pssMb: (kib * 1024) / 1e6, cpuSeconds });
  }
  return uses;
}

/** Per daemon or server, its helpers with it. */
export function byName(uses: readonly ProcessUse[]): Map<string, { pssMb: number; cpuSeconds: number }> {
  const sums = new Map<string, { pssMb: number; cpuSeconds: number }>();
  for (const use of uses) {
    const sum = sums.get(use.name) ?? { pssMb: 0, cpuSeconds: 0 };
    sums.set(use.name, { pssMb: sum.pssMb + use.pssMb, cpuSeconds: sum.cpuSeconds + use.cpuSeconds });
  }
  return sums;
}
