// image/create/prepare: place → cache on the cluster → fetch to the node → clone. Everything is undone when it fails: nothing has booted yet.
import { CloudError, whyOf } from '@educloud/errors';
import { say, type TaskId } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import { makeDiskJobs, noteFetched, withCloneTried } from '../../jobs/make-disk.ts';
import type { TaskRow, Tx } from '../../store/interface.ts';
import { holdImage } from '../image-modify/begin.ts';
import { sourceOf } from './begin.ts';
import { change, clearError, keptNothing, loadBuild, requireIdle, requireStep, shareOf, taskOrThrow, type Build } from './build.ts';
import { placeInstance } from './place.ts';

export async function prepareImage(deps: Deps, tid: TaskId): Promise<TaskRow> {
  const task = await deps.store.transaction(async (tx) => {
    // check
    const before = await taskOrThrow(tx, tid);
    requireStep(before, 'prepare');
    await requireIdle(tx, before, 'prepare');
    // A failed task holds nothing: its images may have been deleted since.
    await sourceOf(tx, before.srcImageId, before.srcVersion);
    if (!(await tx.images.useImage(before.dstImageId))) throw new CloudError('NOT_FOUND', say('imageGone', { image: before.dstImageId }));
    // record
    if (before.kind === 'image/modify') await holdImage(tx, before.dstImageId, tid);
    await deps.saga.start(tx, { subject: tid, name: 'image/create/prepare', input: {} });
    await deps.accepted(tx, { tid, status: 202 });
    return taskOrThrow(tx, tid);
  });
  // send
  deps.saga.kick();
  return task;
}

export const preparePlan = (deps: PlanDeps): PlanDefinition<Tx, Build> => ({
  name: 'image/create/prepare',
  load: withCloneTried(loadBuild),
  jobs: [
    {
      name: 'placeInstance',
      perform: (build) => placeInstance(deps, build),
      undo: async (tx, build) => {
        await tx.ledger.release(build.task.insId, 'disk');
      },
      deadlineMs: 60_000,
      retry: { attempts: 4, backoffMs: 1000 },
    },
    ...makeDiskJobs(deps),
  ],
  async onStart(tx, build) {
    if (build.task.state !== 'pending') await change(tx, build.task.tid, ['preparing/failed'], { to: 'preparing/pending', message: say('preparingAgain'), ...clearError });
  },
  async onJobDispatched(tx, build, job) {
    if (job.name === 'cacheImage') await change(tx, build.task.tid, ['preparing/pending', 'preparing/downloading'], { to: 'preparing/downloading', message: say('downloading') });
    if (job.name === 'cloneDisk') await change(tx, build.task.tid, ['preparing/pending', 'preparing/downloading', 'preparing/cloning'], { to: 'preparing/cloning', message: say(build.task.options.blankBytes ? 'makingBlankDisk' : 'cloningDisk') });
  },
  async onJobDone(tx, build, job) {
    noteFetched(deps, build.guest, job);
    await tx.tasks.changeTask(build.task.tid, ['preparing/pending', 'preparing/downloading', 'preparing/cloning'], { progress: shareOf(job.name, 100) });
  },
  async onUnwinding(tx, build, error) {
    await change(tx, build.task.tid, ['preparing/pending', 'preparing/downloading', 'preparing/cloning', 'preparing/stuck'], { to: 'preparing/unwinding', error, message: say('failedCleaning') });
  },
  async onDone(tx, build) {
    await change(tx, build.task.tid, ['preparing/downloading', 'preparing/cloning'], { to: 'preparing/prepared', progress: 100, message: say('prepared'), ...clearError });
  },
  async onFailed(tx, build, error) {
    if (build.task.kind === 'image/modify') await tx.images.release(build.task.dstImageId, build.task.tid);
    await change(tx, build.task.tid, ['preparing/unwinding', 'preparing/pending', 'preparing/downloading', 'preparing/cloning', 'preparing/stuck'], {
      to: 'preparing/failed', error, failedStep: 'prepare', kept: keptNothing, message: say('stepFailed', { step: 'prepare', why: whyOf(error) }),
    });
  },
  async onStuck(tx, build, error) {
    await change(tx, build.task.tid, ['preparing/unwinding'], { to: 'preparing/stuck', error, failedStep: 'prepare', message: say('cleaningWaits', { why: whyOf(error) }) });
  },
});
