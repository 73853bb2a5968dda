// What is the same for every daemon in its heartbeat and in what it says of itself: load, memory, processors and disk of its host.
import { statfs } from 'node:fs/promises';
import { cpus, freemem, hostname, loadavg, totalmem } from 'node:os';
import { VERSION, type DaemonFacts } from '@educloud/contracts';
import type { Vitals } from './membership.ts';

/** `directory`: on the file system that holds what the daemon stores. `evictableBytes`: what its cache gives back as soon as room is wanted. */
export async function hostVitals(directory: string, guests: number, evictableBytes = 0): Promise<Vitals> {
  const disk = await statfs(directory).catch(() => null);
  return { load1: loadavg()[0] ?? 0, memoryFreeMiB: Math.floor(freemem() / 1024 ** 2), freeDiskBytes: disk ? disk.bavail * disk.bsize + evictableBytes : 0, guests };
}

/** `disk`: where the daemon stores; free is what it may still use. `cpus` and `memoryMiB` default to the host's. The rest is what only this role has. */
export function hostFacts({ disk, cpus: processors, memoryMiB, ...own }: { disk: { totalBytes: number; freeBytes: number; claimableBytes?: number }; cpus?: number; memoryMiB?: number } & Partial<Omit<DaemonFacts, 'version' | 'hostname' | 'capacity'>>): DaemonFacts {
  return {
    version: VERSION, hostname: hostname(), hypervisor: null, pools: [], usages: [], faults: [],
    capacity: {
      cpus: processors ?? cpus().length, memoryMiB: memoryMiB ?? Math.floor(totalmem() / 1024 ** 2), diskBytes: disk.totalBytes, freeDiskBytes: Math.max(0, disk.freeBytes),
      ...(disk.claimableBytes === undefined ? {} : { claimableDiskBytes: Math.max(0, disk.claimableBytes) }),
    },
    ...own,
  };
}
