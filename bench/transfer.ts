// Bench `transfer`: the transfer code of Walrus, CC and NC in three processes over loopback. No limit: the disk and two cores set the pace.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Figure } from './figure.ts';
import type { Workshop } from './workshop.ts';

const MIB = 1024;
const ROLES = path.join(path.dirname(fileURLToPath(import.meta.url)), 'transfer-roles.ts');

interface Answer { curlSeconds: number; coldSeconds: number; warmSeconds: number; coldToCurl: number; warmToCurl: number; uploadSeconds: number; cpuSecondsPerGiB: Record<string, number> }

export async function transferBench(shop: Workshop): Promise<Figure[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', ROLES, String(MIB), shop.dir], { timeout: 600_000 });
  const a = JSON.parse(stdout) as Answer;
  const cpu = a.cpuSecondsPerGiB;
  const curl = `curl ${a.curlSeconds} s`;
  return [
    { name: 'loopback cold ÷ curl', value: a.coldToCurl, unit: '×', limit: null, baseline: curl, note: `${a.coldSeconds} s per GiB through two hops with both checksums, synced to disk` },
    { name: 'loopback warm ÷ curl', value: a.warmToCurl, unit: '×', limit: null, baseline: curl, note: `${a.warmSeconds} s per GiB from a warm CC` },
    { name: 'loopback CPU of one cold transfer', value: (cpu['walrus'] ?? 0) + (cpu['cc'] ?? 0) + (cpu['nc'] ?? 0), unit: 's/GiB', limit: null, note: `Walrus ${cpu['walrus']}, CC ${cpu['cc']}, NC ${cpu['nc']}; receiving an upload ${cpu['uploadReceiver']} (${a.uploadSeconds} s)` },
  ];
}
