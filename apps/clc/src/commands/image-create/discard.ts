// image/create/discard: everything temporary of a build goes, wherever it stands. Cancel and delete end here; a registered submit uses the same jobs.
import { whyOf } from '@educloud/errors';
import { PHASES, type JobParams, type PhaseState, type TaskId, type TaskState, say } from '@educloud/contracts';
import type { JobDefinition, PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import { discardJobs, HOUR, patient } from '../../jobs/discard.ts';
import type { TaskRow, Tx } from '../../store/interface.ts';
import { change, clearError, loadBuild, requireStep, taskOrThrow, type Build } from './build.ts';

type Final = 'cancelled' | 'deleted';

/** Ends a build from any state: stops the step under way, then removes everything. What is lost was named and confirmed by the caller. */
export const cancelImage = (deps: Deps, tid: TaskId): Promise<TaskRow> => discard(deps, tid, 'cancel');
/** The same, and the task leaves the lists; of an ended task only that. */
export const deleteImageTask = (deps: Deps, tid: TaskId): Promise<TaskRow> => discard(deps, tid, 'delete');

async function discard(deps: Deps, tid: TaskId, step: 'cancel' | 'delete'): Promise<TaskRow> {
  const final: Final = step === 'cancel' ? 'cancelled' : 'deleted';
  const task = await deps.store.transaction(async (tx) => {
    // check
    const before = await taskOrThrow(tx, tid);
    requireStep(before, step);
    // record
    await deps.accepted(tx, { tid, status: 202 });
    if (before.state === 'submitted' || before.state === 'cancelled') return change(tx, tid, [at(before)], { to: `${before.phase}/deleted`, message: say('deleted') });
    await change(tx, tid, [at(before)], { to: `${before.phase}/cancelling`, message: say('cancelling'), ...clearError });
    await deps.saga.supersede(tx, tid);
    await deps.saga.start(tx, { subject: tid, name: 'image/create/discard', input: { final } });
    return taskOrThrow(tx, tid);
  });
  // send
  deps.saga.kick();
  return task;
}

const at = (task: TaskRow): PhaseState => `${task.phase}/${task.state}`;
const remote = discardJobs<Build>(({ task }) => ({ imageId: task.dstImageId, version: task.dstVersion }));

const releaseClaims: JobDefinition<Tx, Build> = {
  name: 'releaseClaims',
  apply: async (tx, build) => {
    await tx.ledger.release(build.task.insId, 'compute');
    await tx.ledger.release(build.task.insId, 'disk');
    await tx.instances.updateInstance(build.task.insId, { vmstatus: 'stopped', deletedAt: build.instance.deletedAt ?? build.task.updatedAt });
    return {};
  },
  deadlineMs: HOUR,
};

/** After registering: the file in the store stays, all else goes. */
export const discardAfterCommit: JobDefinition<Tx, Build>[] = [...remote, releaseClaims];

export const discardPlan = (_deps: PlanDeps): PlanDefinition<Tx, Build> => ({
  name: 'image/create/discard',
  load: loadBuild,
  jobs: [
    // From the first job on only forward: a node that is down keeps the task in `cancelling` until it is back.
    { name: 'releaseCompute', apply: async () => ({}), commit: true, deadlineMs: HOUR },
    ...remote,
    {
      name: 'discardUpload',
      skip: (build) => !build.walrus || build.task.phase !== 'submitting',
      target: (build) => build.walrus?.id ?? '',
      params: (build): JobParams<'discardUpload'> => ({ insId: build.task.insId, imageId: build.task.dstImageId, version: build.task.dstVersion }),
      deadlineMs: HOUR,
      retry: patient,
    },
    {
      ...releaseClaims,
      apply: async (tx, build, results) => {
        await releaseClaims.apply?.(tx, build, results);
        const { task } = build;
        await tx.images.setVersion(task.dstImageId, task.dstVersion, ['reserved', 'uploading'], { state: 'deleted' });
        if (task.kind === 'image/create') await tx.images.markDeleted(task.dstImageId, task.updatedAt);
        else await tx.images.release(task.dstImageId, task.tid);
        return {};
      },
    },
  ],
  onJobDispatched: (tx, build) => goOn(tx, build),
  onJobDone: (tx, build) => goOn(tx, build),
  async onDone(tx, build) {
    const { final } = build.input as { final: Final };
    await change(tx, build.task.tid, CANCELLING, { to: `${build.task.phase}/${final}`, vmstatus: 'stopped', message: say(final === 'cancelled' ? 'cancelled' : 'deleted'), ...clearError });
  },
  async onFailed(tx, build, error) {
    await tx.tasks.changeTask(build.task.tid, CANCELLING, { error, message: say('cancellingFailed', { why: whyOf(error) }) });
  },
  async onStuck(tx, build, error) {
    const { final } = build.input as { final: Final };
    await tx.tasks.changeTask(build.task.tid, CANCELLING, {
      to: `${build.task.phase}/stuck`, error, failedStep: final === 'cancelled' ? 'cancel' : 'delete', message: say('cancellingWaits', { why: whyOf(error) }),
    });
  },
});

/** Taken up again after it was stuck: the first that happens then moves the task back. */
async function goOn(tx: Tx, build: Build): Promise<void> {
  if (build.task.state === 'stuck') await change(tx, build.task.tid, [at(build.task)], { to: `${build.task.phase}/cancelling`, message: say('cancellingGoesOn'), ...clearError });
}

const CANCELLING: PhaseState[] = PHASES.map((phase): PhaseState => `${phase}/${'cancelling' satisfies TaskState}`);

