// Offers one local desktop to this computer, which plays a classroom PC with --lvd, and waits until its image is here.
import { setTimeout as pause } from 'node:timers/promises';
import type { InstanceView, LocalDesktop, TaskView } from '@educloud/contracts';
import type { Edu } from './edu.ts';

export const DESKTOP = 'my-desktop';
const WITHIN_MS = 120_000;

export async function offerDesktop(edu: Edu, { srcImageId }: Pick<TaskView, 'srcImageId'>): Promise<void> {
  // A second quickstart finds it there already.
  const there = (await edu.asks<InstanceView[]>(['instance', 'list'])).some(({ name, kind }) => name === DESKTOP && kind === 'lvd');
  if (!there) await edu.asks(['instance', 'define', srcImageId, '--name', DESKTOP, '--kind', 'lvd', '--lifetime', 'assigned']);
  const until = performance.now() + WITHIN_MS;
  while (!(await edu.asks<LocalDesktop[]>(['lvd', 'list'])).some(({ name, synced }) => name === DESKTOP && synced !== null)) {
    if (performance.now() > until) throw new Error(`${DESKTOP} has not come within ${WITHIN_MS / 1000} s · 未能同步到此电脑`);
    await pause(500);
  }
  console.log(`${DESKTOP} is here and can be run · 已同步到此电脑，可以启动`);
}
