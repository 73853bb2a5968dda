// One person takes one machine through its life: runs it, pauses, suspends, restarts, stops, resets, and deletes it in the end, or half-way; now and then somebody else does
// something with it at the same moment.
import type { InstanceAction, InstanceView } from '@educloud/contracts';
import type { Seeded } from '../seeded.ts';
import type { Stage } from './build-story.ts';
import { sleep, type Answered, type Person } from './person.ts';

const LOOK_EVERY_MS = 350;
const PATIENCE_MS = 120_000;
const ANY = ['run', 'stop', 'reboot', 'pause', 'unpause', 'suspend', 'resume', 'reset'] as const;
type Asked = (typeof ANY)[number] | 'delete';

/** @param rival who may do the same things with it */
export async function instanceStory(stage: Stage, person: Person, rival: Person, dice: Seeded, title: string): Promise<void> {
  const made = await define(stage, person, dice, title);
  if (!made) return;
  const started = Date.now();
  let left = 2 + dice.int(7);
  let asked = 0;
  const ask = (who: Person, action: Asked): Promise<Answered | null> => {
    const path = `/instances/${made}`;
    if (action === 'delete') return who.until({ method: 'DELETE', path });
    return who.until({ path: `${path}/${action}`, key: `${title}-${++asked}`, body: action === 'stop' && dice.chance(0.3) ? { force: true } : action === 'stop' || action === 'reboot' ? { graceSeconds: 1 + dice.int(3) } : {} });
  };

  while (!stage.ended.aborted && Date.now() - started < PATIENCE_MS) {
    const view = (await person.read(`/instances/${made}`)) as InstanceView | null;
    if (view?.vmState === 'deleted') return;
    if (!view || view.taskState !== null) {
      // Somebody who changes their mind while it is at work, or presses another button.
      if (view && dice.chance(0.01)) await ask(person, 'delete');
      else if (view && dice.chance(0.02)) await ask(dice.pick([person, rival]), dice.pick(ANY));
      await sleep(LOOK_EVERY_MS, stage.ended);
      continue;
    }
    if (left-- <= 0) {
      if (stage.mayLeave.left > 0 && dice.chance(0.15)) {
        stage.mayLeave.left -= 1;
        return;
      }
      await ask(person, 'delete');
      await sleep(LOOK_EVERY_MS, stage.ended);
      continue;
    }
    const likely = view.allowed.filter((action): action is Asked & InstanceAction => (ANY as readonly string[]).includes(action));
    const action = likely.length > 0 ? dice.pick(likely) : 'delete';
    // Two at the same moment: one of them is told, or both get the same.
    if (dice.chance(0.12)) await Promise.all([ask(person, action), ask(rival, dice.pick([...likely, 'delete']))]);
    else await ask(person, action);
    await sleep(LOOK_EVERY_MS, stage.ended);
  }
  if (!stage.ended.aborted) await ask(person, 'delete');
}

async function define(stage: Stage, person: Person, dice: Seeded, title: string): Promise<string | null> {
  const imageId = stage.pool.pick(dice);
  if (imageId === null) return (await sleep(LOOK_EVERY_MS, stage.ended), null);
  const [kind, lifetime] = dice.pick([['vs', 'persistent'], ['rvd', 'persistent'], ['rvd', 'temporary'], ['rvd', 'temporary'], ['rvd', 'assigned']] as const);
  const answer = await person.until({ path: '/instances', key: `${title}-define`, body: { name: `machine-${title}`, imageId, kind, lifetime, memoryMiB: stage.memoryMiB, cpus: 1, services: dice.chance(0.5) ? [{ name: 'web', port: 80 }, { name: 'rdp', port: 3389 }] : [] } });
  return answer && answer.status === 201 ? String(answer.body['id']) : null;
}
