// image/create/retry: takes a stuck task up again, or repeats the step that failed.
import { CloudError } from '@educloud/errors';
import { say, type TaskId } from '@educloud/contracts';
import type { Deps } from '../../deps.ts';
import type { TaskRow } from '../../store/interface.ts';
import { requireStep, taskOrThrow } from './build.ts';
import { prepareImage } from './prepare.ts';
import { runImage } from './run.ts';
import { stopImage } from './stop.ts';
import { submitImage } from './submit.ts';

export async function retryImage(deps: Deps, tid: TaskId): Promise<TaskRow> {
  // check
  const task = await taskOrThrow(deps.store.read, tid);
  requireStep(task, 'retry');
  if (task.state === 'stuck') {
    await deps.store.transaction(async (tx) => {
      await deps.saga.resumeStuck(tx, tid);
      await deps.accepted(tx, { tid, status: 202 });
    });
    deps.saga.kick();
    return taskOrThrow(deps.store.read, tid);
  }
  switch (task.failedStep) {
    case 'prepare':
      return prepareImage(deps, tid);
    case 'run':
      return runImage(deps, tid);
    case 'stop':
      return stopImage(deps, tid, { force: false });
    case 'submit':
      return submitImage(deps, tid);
    default:
      throw new CloudError('WRONG_PHASE', say('nothingFailed', { tid }), { data: { phase: task.phase, state: task.state } });
  }
}
