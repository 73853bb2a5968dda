// image/create/stop: ask the guest to power off within its grace, then force it; give CPU and memory back. The history tells which it was.
import { whyOf } from '@educloud/errors';
import { say, type JobResult, type StopBody, type TaskId } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { z } from 'zod';
import type { Deps, PlanDeps } from '../../deps.ts';
import { HOW, releaseCompute, stopDomain, type StopInput } from '../../jobs/power.ts';
import type { TaskRow, Tx } from '../../store/interface.ts';
import { change, clearError, keptDisk, loadBuild, requireStep, taskOrThrow, type Build } from './build.ts';

export async function stopImage(deps: Deps, tid: TaskId, order: z.output<typeof StopBody>): Promise<TaskRow> {
  const input: StopInput = { graceMs: order.graceSeconds === undefined ? deps.limits.stopGraceMs : order.graceSeconds * 1000, force: order.force };
  const task = await deps.store.transaction(async (tx) => {
    // check
    requireStep(await taskOrThrow(tx, tid), 'stop');
    // record
    await deps.saga.start(tx, { subject: tid, name: 'image/create/stop', input });
    await deps.accepted(tx, { tid, status: 202 });
    return taskOrThrow(tx, tid);
  });
  // send
  deps.saga.kick();
  return task;
}

export const stopPlan = (_deps: PlanDeps): PlanDefinition<Tx, Build> => ({
  name: 'image/create/stop',
  load: loadBuild,
  jobs: [stopDomain<Build>(), releaseCompute()],
  async onStart(tx, build) {
    await change(tx, build.task.tid, ['editing/running'], { to: 'editing/stopping', vmstatus: 'stopping', message: say('askingPowerOff'), ...clearError });
  },
  async onDone(tx, build, _plan, results) {
    const how = (results.stopDomain as JobResult<'stopDomain'> | undefined)?.how ?? 'already-stopped';
    await tx.instances.updateInstance(build.task.insId, { vmstatus: 'stopped' });
    await change(tx, build.task.tid, ['editing/stopping'], { to: 'editing/stopped', vmstatus: 'stopped', message: say('stopped', { how: HOW[how] }), ...clearError });
  },
  async onFailed(tx, build, error) {
    await change(tx, build.task.tid, ['editing/stopping'], { to: 'editing/running', vmstatus: 'running', error, failedStep: 'stop', kept: keptDisk(build), message: say('stepFailed', { step: 'stop', why: whyOf(error) }) });
  },
  async onStuck(tx, build, error) {
    await tx.tasks.changeTask(build.task.tid, ['editing/stopping'], { error, failedStep: 'stop', message: say('stoppingWaits', { why: whyOf(error) }) });
  },
});
