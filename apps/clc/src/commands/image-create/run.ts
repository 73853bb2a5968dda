// image/create/run: claim CPU and memory, start the domain. Done when the domain runs. A failure never touches the disk.
import { whyOf } from '@educloud/errors';
import { say, type TaskId } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import { withHardware, type OfStartingGuest } from '../../jobs/hardware.ts';
import { claimCompute, startDomain } from '../../jobs/power.ts';
import type { TaskRow, Tx } from '../../store/interface.ts';
import { change, clearError, keptDisk, loadBuild, requireStep, shareOf, taskOrThrow, type Build } from './build.ts';

export async function runImage(deps: Deps, tid: TaskId): Promise<TaskRow> {
  const task = await deps.store.transaction(async (tx) => {
    // check
    requireStep(await taskOrThrow(tx, tid), 'run');
    // record
    await deps.saga.start(tx, { subject: tid, name: 'image/create/run', input: {} });
    await deps.accepted(tx, { tid, status: 202 });
    return taskOrThrow(tx, tid);
  });
  // send
  deps.saga.kick();
  return task;
}

export const runPlan = (deps: PlanDeps): PlanDefinition<Tx, Build & OfStartingGuest> => ({
  name: 'image/create/run',
  load: withHardware(loadBuild),
  jobs: [claimCompute(), startDomain(deps)],
  async onStart(tx, build) {
    await change(tx, build.task.tid, ['preparing/prepared', 'editing/stopped'], { to: 'editing/booting', vmstatus: 'init', message: say('startingGuest'), ...clearError });
  },
  async onJobDone(tx, build, job) {
    await tx.tasks.changeTask(build.task.tid, ['editing/booting'], { progress: shareOf(job.name, 100) });
  },
  async onUnwinding(tx, build, error) {
    await change(tx, build.task.tid, ['editing/booting', 'editing/stuck'], { to: 'editing/unwinding', error, message: say('startFailedCleaning') });
  },
  async onDone(tx, build) {
    await tx.instances.updateInstance(build.task.insId, { vmstatus: 'running', ...(build.instance.firstBootAt ? {} : { firstBootAt: deps.now() }) });
    await change(tx, build.task.tid, ['editing/booting'], { to: 'editing/running', vmstatus: 'running', progress: 100, message: say('guestRuns'), ...clearError });
  },
  async onFailed(tx, build, error) {
    const set = { error, failedStep: 'run', kept: keptDisk(build), vmstatus: 'stopped', message: say('stepFailed', { step: 'run', why: whyOf(error) }) } as const;
    await change(tx, build.task.tid, ['editing/unwinding', 'editing/booting', 'editing/stuck'], { to: build.instance.firstBootAt ? 'editing/stopped' : 'preparing/prepared', progress: 100, ...set });
  },
  async onStuck(tx, build, error) {
    await change(tx, build.task.tid, ['editing/unwinding'], { to: 'editing/stuck', error, failedStep: 'run', kept: keptDisk(build), message: say('cleaningWaits', { why: whyOf(error) }) });
  },
});
