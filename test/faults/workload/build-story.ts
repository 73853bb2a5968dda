// One person takes one image build through its life, with the turns that lives take: cancels half-way, runs again, asks twice, gives up, walks away.
import type { Step, TaskView } from '@educloud/contracts';
import type { History } from '../history.ts';
import type { Workplace } from '../rig/interface.ts';
import type { Seeded } from '../seeded.ts';
import { writeMark } from './edits.ts';
import { sleep, type Answered, type Person } from './person.ts';
import type { Pool } from './pool.ts';

export interface Stage {
  rig: Workplace;
  history: History;
  pool: Pool;
  ended: AbortSignal;
  /** How many tasks may still be left lying where they are. */
  mayLeave: { left: number };
  /** Told when somebody sees a build of theirs submitted. */
  submitted(): void;
  /** Small guests, so that many fit. */
  memoryMiB: number;
}

const LOOK_EVERY_MS = 350;
/** Nobody waits longer for one build. */
const PATIENCE_MS = 300_000;

export async function buildStory(stage: Stage, person: Person, dice: Seeded, title: string): Promise<void> {
  const task = await begin(stage, person, dice, title);
  if (!task) return;
  const started = Date.now();
  let marks = 0;
  let editedRun = -1;
  let asked = 0;
  const ask = (view: TaskView, step: Step, body: object = {}): Promise<Answered | null> => askStep(person, view, step, body, dice, `${title}-${++asked}`);

  while (!stage.ended.aborted && Date.now() - started < PATIENCE_MS) {
    const view = await person.task(task.tid);
    if (!view || view.plans.some((plan) => plan.state === 'running' || plan.state === 'unwinding')) {
      // Somebody who changes their mind while it is at work; somebody who presses the button again.
      if (view && dice.chance(0.008)) await ask(view, dice.pick(['cancel', 'delete']));
      else if (view && dice.chance(0.01)) await ask(view, dice.pick(['prepare', 'run', 'submit', 'stop', 'retry']));
      await sleep(LOOK_EVERY_MS, stage.ended);
      continue;
    }
    if (stage.mayLeave.left > 0 && dice.chance(0.02)) {
      stage.mayLeave.left -= 1;
      return;
    }
    switch (view.state) {
      case 'pending': await ask(view, dice.chance(0.97) ? 'prepare' : 'cancel'); break;
      case 'failed': await ask(view, dice.pick(['retry', 'retry', 'prepare', 'delete'])); break;
      case 'prepared': await ask(view, dice.chance(0.95) ? 'run' : 'cancel'); break;
      case 'running': {
        const runs = view.plans.filter((plan) => plan.step === 'run').length;
        if (runs !== editedRun && dice.chance(0.9)) {
          if (await edit(stage, view, marks, title)) marks += 1;
          editedRun = runs;
        } else await ask(view, 'stop', dice.chance(0.3) ? { force: true } : { graceSeconds: 2 + dice.int(4) });
        break;
      }
      case 'stopped': await ask(view, view.failedStep && dice.chance(0.5) ? 'retry' : dice.pick(['submit', 'submit', 'submit', 'submit', 'submit', 'run', 'run', 'cancel'])); break;
      case 'stuck': await ask(view, 'retry'); break;
      case 'cancelled':
        if (dice.chance(0.5)) await ask(view, 'delete');
        return;
      case 'submitted':
        stage.submitted();
        stage.pool.add(view.dstImageId);
        if (dice.chance(0.3)) await ask(view, 'delete');
        return;
      case 'deleted': return;
      default: break; // on its way
    }
    await sleep(LOOK_EVERY_MS, stage.ended);
  }
}

async function begin(stage: Stage, person: Person, dice: Seeded, title: string): Promise<{ tid: string } | null> {
  const source = stage.pool.pick(dice);
  if (!source) return null;
  const modify = person.name === stage.rig.admin.user && dice.chance(0.25);
  const sizes = { memoryMiB: stage.memoryMiB, cpus: 1 };
  const command = modify
    ? { path: `/image/modify/task/begin/${source}`, body: sizes, key: `begin-${title}` }
    : { path: `/image/create/task/begin/${source}`, body: { name: title, ...sizes }, key: `begin-${title}` };
  // Twice at once with one key: one of them does it.
  const twin = dice.chance(0.15) ? person.once(command) : null;
  const answer = await person.until(command);
  await twin;
  if (answer && !modify && dice.chance(0.05)) await person.once({ ...command, body: { ...command.body, memoryMiB: stage.memoryMiB + 1 } });
  if (answer?.code === 'NOT_FOUND') stage.pool.forget(source);
  return answer?.status === 201 ? { tid: String(answer.body['tid']) } : null;
}

async function askStep(person: Person, view: TaskView, step: Step, body: object, dice: Seeded, key: string): Promise<Answered | null> {
  const command = { path: `/${view.kind}/task/${step}/${view.tid.replaceAll(':', '/')}`, body: step === 'stop' ? body : {}, key };
  const twin = dice.chance(0.1) ? person.once(command) : null;
  const answer = await person.until(command);
  await twin;
  return answer;
}

/** @returns false when it did not come to it: nobody was told that the change was saved */
async function edit(stage: Stage, view: TaskView, turn: number, title: string): Promise<boolean> {
  const node = stage.rig.nodes.find((n) => n.ncId === view.ncId);
  if (!node) return false;
  const mark = `mark:${title}:${view.insId}:${turn}:end`;
  try {
    await writeMark(node, view.insId, mark, turn);
  } catch {
    return false; // the guest went off meanwhile, or its agent is not there
  }
  stage.history.append({ kind: 'seen', what: 'edit', tid: view.tid, insId: view.insId, node: node.registeredAs, mark });
  return true;
}
