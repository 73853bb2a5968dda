// One person starts a few machines as one order, waits until all of them have ended, and deletes them one by one.
import type { BatchView } from '@educloud/contracts';
import type { Seeded } from '../seeded.ts';
import type { Stage } from './build-story.ts';
import { sleep, type Person } from './person.ts';

const LOOK_EVERY_MS = 500;
const PATIENCE_MS = 90_000;
/** How the members are called, for the invariant: one of each. */
export const memberName = (title: string): string => `class-${title}-{n}`;

export async function classStory(stage: Stage, person: Person, dice: Seeded, title: string): Promise<void> {
  const imageId = stage.pool.pick(dice);
  if (imageId === null) return sleep(LOOK_EVERY_MS, stage.ended);
  const definition = { name: memberName(title), imageId, kind: 'rvd', lifetime: 'temporary', memoryMiB: stage.memoryMiB, cpus: 1, services: [{ name: 'rdp', port: 3389 }] };
  const answer = await person.until({ path: '/batches', key: `${title}-class`, body: { action: 'define-and-run', count: 2 + dice.int(3), definition } });
  if (!answer || answer.status >= 300) return sleep(LOOK_EVERY_MS, stage.ended);
  const began = Date.now();
  let now: BatchView | null = null;
  while (!stage.ended.aborted && Date.now() - began < PATIENCE_MS) {
    now = (await person.read(`/batches/${String(answer.body['id'])}`)) as BatchView | null;
    if (now && now.state !== 'running') break;
    await sleep(LOOK_EVERY_MS, stage.ended);
  }
  for (const { id } of now?.members ?? []) await person.until({ method: 'DELETE', path: `/instances/${id}` });
}
