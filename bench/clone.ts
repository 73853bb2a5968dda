// Bench `clone`: the cloneDisk job as the task engine sees it (bus there and back included), against qemu-img alone.
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { layoutOf } from '../tools/cloud/layout.ts';
import { openCloud, userOf } from './cloud.ts';
import { median, round, spread, type Figure } from './figure.ts';
import type { Workshop } from './workshop.ts';

const SIZES_GIB = [1, 10, 100];
const ROUNDS = 7;
const run = promisify(execFile);

/** A node only takes a disk that it has room for: a sparse file system of its own, on the same real disk. */
async function mountRoom(shop: Workshop, at: string): Promise<void> {
  const file = path.join(shop.dir, 'room.ext4');
  await run('truncate', ['-s', `${2 * Math.max(...SIZES_GIB) + 50}G`, file]);
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', '-m', '0', '-E', 'lazy_itable_init=1,lazy_journal_init=1', file]);
  await mkdir(at, { recursive: true });
  await run('mount', ['-o', 'loop', file, at]);
  shop.onEnd(() => run('umount', [at]));
}

export async function cloneBench(shop: Workshop): Promise<Figure[]> {
  await mountRoom(shop, layoutOf(path.join(shop.dir, 'cloud')).data('nc'));
  // No guest runs, but the overlay is a real one: the fake node would not call qemu-img.
  const cloud = await openCloud(shop, 'cloud', { mode: 'distributed', hypervisor: 'libvirt' });
  const user = await userOf(cloud);
  const watch = await user.watch();
  shop.onEnd(() => watch.close());
  const figures: Figure[] = [];
  for (const gib of SIZES_GIB) {
    const file = path.join(shop.dir, `${gib}.qcow2`);
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '--', file, `${gib}G`]);
    const src = await user.upload(file, `disk-${gib}`, 'qcow2');
    const jobs: number[] = [];
    const bare: number[] = [];
    for (let n = 0; n <= ROUNDS; n += 1) {
      const task = await user.begin(src);
      await user.step(task, 'prepare');
      await watch.reaches(task.tid, 'preparing/prepared');
      const job = (await user.task(task.tid)).plans.flatMap((p) => p.jobs).find((j) => j.name === 'cloneDisk');
      if (!job?.startedAt || !job.endedAt) throw new Error('cloneDisk has no times');
      await user.step(task, 'cancel');
      await watch.reaches(task.tid, 'preparing/cancelled');
      const dir = path.join(shop.dir, `bare-${n}`);
      await mkdir(dir);
      const begun = performance.now();
      await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', file, '--', path.join(dir, 'disk.qcow2')]);
      if (n > 0) { // the first one warms up both
        jobs.push(job.endedAt - job.startedAt);
        bare.push(performance.now() - begun);
      }
      await rm(dir, { recursive: true });
    }
    figures.push({ name: `clone ${gib} GiB`, value: median(jobs), unit: 'ms', limit: 50, samples: jobs, baseline: `qemu-img alone ${spread(bare, 'ms', 0)}`, note: `${round(median(jobs) / median(bare))} times qemu-img alone; from the job's commit to its committed result` });
  }
  return figures;
}
