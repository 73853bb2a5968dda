// The part of a heartbeat that is the same for every daemon: load, memory and disk of its host.
import { statfs } from 'node:fs/promises';
import { freemem, loadavg } from 'node:os';
import type { Vitals } from './membership.ts';

/** `directory`: on the file system that holds what the daemon stores. */
export async function hostVitals(directory: string, guests: number): Promise<Vitals> {
  const disk = await statfs(directory).catch(() => null);
  return { load1: loadavg()[0] ?? 0, memoryFreeMiB: Math.floor(freemem() / 1024 ** 2), freeDiskBytes: disk ? disk.bavail * disk.bsize : 0, guests };
}
