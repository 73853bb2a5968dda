// A file system in memory for each daemon that stores images, so that it can be filled without filling the machine.
import { mkdir, readFile, statfs } from 'node:fs/promises';
import { run } from './network.ts';

export async function mountSmallDisk(at: string, sizeBytes: number): Promise<void> {
  await mkdir(at, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0711`, 'educloud-faults', at]);
}

/** The file system becomes so small that only `freeBytes` are left: costs no memory. */
export async function shrinkTo(at: string, freeBytes: number): Promise<void> {
  const { blocks, bfree, bsize } = await statfs(at);
  await run('mount', ['-o', `remount,size=${(blocks - bfree) * bsize + freeBytes}`, at]);
}

export const growTo = async (at: string, sizeBytes: number): Promise<void> => void (await run('mount', ['-o', `remount,size=${sizeBytes}`, at]));

/** Whatever is mounted below this folder. */
export async function unmountBelow(dir: string): Promise<void> {
  const mounted = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '').filter((at) => at.startsWith(`${dir}/`));
  for (const at of mounted.reverse()) await run('umount', [at]).catch(() => run('umount', ['-l', at]));
}
