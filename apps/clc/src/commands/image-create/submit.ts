// image/create/submit: flatten → room at CC and Walrus → upload → register. Up to registering everything is undone but the edited disk;
// after it only forward: the temporary things go away everywhere.
import { CloudError, whyOf } from '@educloud/errors';
import { say, type ImageRef, type JobParams, type JobResult, type TaskId } from '@educloud/contracts';
import type { PlanDefinition, Results } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import { clusterUrl, transferMs } from '../../jobs/guest.ts';
import type { DaemonRow, TaskRow, Tx } from '../../store/interface.ts';
import { change, clearError, keptDisk, loadBuild, pickWalrus, progressKey, requireStep, shareOf, taskOrThrow, type Build } from './build.ts';
import { discardAfterCommit } from './discard.ts';

export async function submitImage(deps: Deps, tid: TaskId): Promise<TaskRow> {
  const task = await deps.store.transaction(async (tx) => {
    // check
    requireStep(await taskOrThrow(tx, tid), 'submit');
    // record
    await deps.saga.start(tx, { subject: tid, name: 'image/create/submit', input: {} });
    await deps.accepted(tx, { tid, status: 202 });
    return taskOrThrow(tx, tid);
  });
  // send
  // How far an earlier submit came is not how far this one is.
  await deps.progress.delete(progressKey(tid, 'submitting'));
  deps.saga.kick();
  return task;
}

const FROM = ['submitting/uploading', 'submitting/registering', 'submitting/unwinding', 'submitting/stuck'] as const;

export const submitPlan = (deps: PlanDeps): PlanDefinition<Tx, Build> => ({
  name: 'image/create/submit',
  load: loadBuild,
  jobs: [
    {
      name: 'flattenDisk',
      target: (build) => build.task.ncId ?? '',
      params: (build): JobParams<'flattenDisk'> => ({ insId: build.task.insId, maxVirtualBytes: deps.limits.maxVirtualBytes }),
      undo: 'remote',
      deadlineMs: (build) => transferMs(deps, build.instance.diskBytes),
      retry: { attempts: 6, backoffMs: 1000 },
    },
    {
      name: 'stageUpload',
      target: (build) => build.task.ccId ?? '',
      params: (build, results): JobParams<'stageUpload'> => ({ insId: build.task.insId, image: flattened(build, results) }),
      undo: 'remote',
      deadlineMs: 60_000,
    },
    {
      name: 'reserveUpload',
      target: (build) => chosenStore(build).id,
      params: (build, results): JobParams<'reserveUpload'> => ({ insId: build.task.insId, image: flattened(build, results) }),
      undo: 'remote',
      deadlineMs: 60_000,
    },
    {
      name: 'uploadToCluster',
      target: (build) => build.task.ncId ?? '',
      params: (build, results): JobParams<'uploadToCluster'> => {
        const image = flattened(build, results);
        return { insId: build.task.insId, image, target: { uploadUrl: `${clusterUrl(build.guest)}/cc/api/1.0/uploads`, ticket: uploadTicket(deps, build, image) } };
      },
      deadlineMs: (build, results) => transferMs(deps, flattened(build, results).sizeBytes),
      retry: { attempts: 6, backoffMs: 500 },
    },
    {
      name: 'uploadToStore',
      target: (build) => build.task.ccId ?? '',
      params: (build, results): JobParams<'uploadToStore'> => {
        const image = flattened(build, results);
        return { insId: build.task.insId, image, target: { uploadUrl: `${chosenStore(build).url}/walrus/api/1.0/uploads`, ticket: uploadTicket(deps, build, image) } };
      },
      deadlineMs: (build, results) => transferMs(deps, flattened(build, results).sizeBytes),
      retry: { attempts: 6, backoffMs: 500 },
      retryFrom: 'uploadToCluster',
    },
    { name: 'registerVersion', apply: (tx, build, results) => registerVersion(deps, tx, build, results), commit: true, deadlineMs: 60_000 },
    ...discardAfterCommit,
  ],
  async onStart(tx, build) {
    // Chosen anew only here: an earlier submit has taken back all it had put anywhere.
    const walrus = await pickWalrus(tx);
    if (!walrus) throw new CloudError('STORE_UNAVAILABLE', say('noStore'));
    const { dstImageId, dstVersion } = build.task;
    if (!(await tx.images.setVersion(dstImageId, dstVersion, ['reserved'], { walrusId: walrus.id }))) throw new CloudError('CONFLICT', say('versionNotOpen', { version: dstVersion, image: dstImageId }), { retryable: false });
    await change(tx, build.task.tid, ['editing/stopped'], { to: 'submitting/uploading', progress: 0, message: say('flattening'), ...clearError });
  },
  async onJobDispatched(tx, build, job) {
    if (job.name === 'uploadToCluster') await tx.tasks.changeTask(build.task.tid, ['submitting/uploading'], { message: say('uploadingToCluster') });
    if (job.name === 'uploadToStore') await tx.tasks.changeTask(build.task.tid, ['submitting/uploading'], { message: say('uploadingToStore') });
  },
  async onJobDone(tx, build, job) {
    const progress = shareOf(job.name, 100);
    if (progress > 0) await tx.tasks.changeTask(build.task.tid, ['submitting/uploading', 'submitting/registering'], { progress });
  },
  async onUnwinding(tx, build, error) {
    await change(tx, build.task.tid, ['submitting/uploading', 'submitting/registering', 'submitting/stuck'], { to: 'submitting/unwinding', error, message: say('submitFailedCleaning') });
  },
  async onDone(tx, build) {
    await tx.tasks.changeTask(build.task.tid, ['submitting/registering'], {
      to: 'submitted/submitted', progress: 100, message: say('submitted', { image: build.task.dstImageId, version: build.task.dstVersion }), ...clearError,
    });
  },
  async onFailed(tx, build, error) {
    await change(tx, build.task.tid, [...FROM], { to: 'editing/stopped', progress: 100, error, failedStep: 'submit', kept: keptDisk(build), message: say('stepFailed', { step: 'submit', why: whyOf(error) }) });
  },
  async onStuck(tx, build, error) {
    // Registered already: the image is there and only cleaning is left, which goes on when the daemon is back.
    const registered = await tx.tasks.changeTask(build.task.tid, ['submitting/registering'], {
      to: 'submitted/submitted', progress: 100, message: say('submittedCleaningWaits', { why: whyOf(error) }),
    });
    if (!registered) await change(tx, build.task.tid, ['submitting/unwinding'], { to: 'submitting/stuck', error, failedStep: 'submit', kept: keptDisk(build), message: say('cleaningWaits', { why: whyOf(error) }) });
  },
});

function flattened(build: Build, results: Results): ImageRef {
  const flat = results.flattenDisk as JobResult<'flattenDisk'> | undefined;
  if (!flat) throw new CloudError('INTERNAL', say('notFlattened'));
  return { imageId: build.task.dstImageId, version: build.task.dstVersion, format: 'qcow2', ...flat };
}

function chosenStore(build: Build): DaemonRow {
  if (!build.walrus) throw new CloudError('STORE_UNAVAILABLE', say('storeChosenAway', { image: build.task.dstImageId, version: build.task.dstVersion }));
  return build.walrus;
}

const uploadTicket = (deps: PlanDeps, build: Build, image: ImageRef): string =>
  deps.sign(
    { action: 'image/upload', imageId: image.imageId, version: image.version, sizeBytes: image.sizeBytes, sha256: image.sha256, format: 'qcow2', maxVirtualBytes: deps.limits.maxVirtualBytes, tid: build.task.tid },
    transferMs(deps, image.sizeBytes),
  );

/** The commit point. */
async function registerVersion(deps: PlanDeps, tx: Tx, build: Build, results: Results): Promise<object> {
  const { task } = build;
  const image = flattened(build, results);
  await change(tx, task.tid, ['submitting/uploading', 'submitting/registering'], { to: 'submitting/registering', message: say('registering') });
  const done = await tx.images.setVersion(image.imageId, image.version, ['reserved', 'uploading', 'available'], {
    state: 'available', sha256: image.sha256, sizeBytes: image.sizeBytes, virtualSizeBytes: image.virtualSizeBytes, format: 'qcow2', walrusId: chosenStore(build).id,
  });
  if (!done) throw new CloudError('CONFLICT', say('versionNotOpen', { version: image.version, image: image.imageId }), { retryable: false });
  await tx.images.updateImage(image.imageId, { updatedAt: deps.now() });
  if (task.kind === 'image/modify') await tx.images.release(task.dstImageId, task.tid);
  await tx.events.append('image', image.imageId, { id: image.imageId, version: image.version, state: 'available', at: deps.now() });
  return {};
}
