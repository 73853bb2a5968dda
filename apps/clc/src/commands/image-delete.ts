// Delete an image with all its versions. Refused while a task uses it; the files go in a plan of their own, only the CLC orders it.
import { CloudError, whyOf } from '@educloud/errors';
import { allowedSteps, say, type ImageId, type JobParams, type Said } from '@educloud/contracts';
import type { PlanDefinition, PlanRow, SagaOrders } from '@educloud/saga';
import type { Deps, PlanDeps } from '../deps.ts';
import type { Tx, VersionRow } from '../store/interface.ts';
import { pickWalrus } from './image-create/build.ts';

/** Tasks looked at for advice: more would hold up the refusal. */
const LOOKED_AT = 10;

export async function deleteImage(deps: Deps, imageId: ImageId): Promise<void> {
  await deps.store.transaction(async (tx) => {
    // record, then check: once it is marked no task can begin with it, and a refusal takes the mark back
    if (!(await tx.images.markDeleted(imageId, deps.now()))) throw new CloudError('NOT_FOUND', say('noImage', { image: imageId }));
    const tasks = await tx.images.references(imageId);
    if (tasks.length > 0) throw new CloudError('IMAGE_IN_USE', inUse(imageId, tasks), { data: { tasks }, todo: await whatFirst(tx, tasks) });
    for (const version of await tx.images.versions(imageId)) {
      const closing = await tx.images.setVersion(imageId, version.version, ['available', 'uploading', 'refused', 'reserved'], { state: 'deleting' });
      if (closing) await deps.saga.start(tx, { subject: `${imageId}.v${version.version}`, name: 'image/delete', input: { imageId, version: version.version } });
    }
    await tx.events.append('image', imageId, { id: imageId, state: 'deleted', at: deps.now() });
  });
  // send
  deps.saga.kick();
}

const inUse = (image: string, tasks: string[]): Said =>
  tasks.length > 3 ? say('imageUsedByMore', { image, tasks: tasks.slice(0, 3), more: tasks.length - 3 }) : say('imageUsedBy', { image, tasks });

/** Names a task that can be cancelled, if there is one; the others end by themselves. */
async function whatFirst(tx: Tx, tids: string[]): Promise<Said> {
  for (const tid of tids.slice(0, LOOKED_AT)) {
    if (tid.startsWith('ins-')) return say('deleteThoseInstances', { instance: tid });
    const task = await tx.tasks.task(tid);
    if (task && allowedSteps(task).includes('cancel')) return say('endThoseTasks', { tid });
  }
  return say('waitForThoseTasks');
}

/** A file arrived for a version that is given up already: the store removes it. Also when it is being removed: that may have come too early. */
export async function removeStrayFile(saga: SagaOrders<Tx>, tx: Tx, version: VersionRow, walrusId: string): Promise<void> {
  const subject = `${version.imageId}.v${version.version}`;
  await saga.supersede(tx, subject);
  await saga.start(tx, { subject, name: 'image/delete', input: { imageId: version.imageId, version: version.version, walrusId } });
}

interface Doomed {
  version: VersionRow;
  walrusId: string | null;
}

export const deleteVersionPlan = (_deps: PlanDeps): PlanDefinition<Tx, Doomed> => ({
  name: 'image/delete',
  async load(tx: Tx, plan: PlanRow) {
    const { imageId, version, walrusId } = plan.input as { imageId: string; version: number; walrusId?: string };
    const row = await tx.images.version(imageId, version);
    if (!row) throw new CloudError('NOT_FOUND', say('noVersion', { image: imageId, version }));
    return { version: row, walrusId: walrusId ?? row.walrusId ?? (await pickWalrus(tx))?.id ?? null };
  },
  jobs: [
    {
      name: 'deleteVersion',
      skip: (doomed) => !doomed.walrusId,
      target: (doomed) => doomed.walrusId ?? '',
      params: (doomed): JobParams<'deleteVersion'> => ({ imageId: doomed.version.imageId, version: doomed.version.version }),
      commit: true,
      deadlineMs: 3_600_000,
      retry: { attempts: 1_000_000, backoffMs: 1000 },
    },
  ],
  async onDone(tx, doomed) {
    await tx.images.setVersion(doomed.version.imageId, doomed.version.version, ['deleting'], { state: 'deleted' });
  },
  async onFailed(tx, doomed, error) {
    await tx.images.setVersion(doomed.version.imageId, doomed.version.version, ['deleting'], { error: say('text', { text: whyOf(error) }) });
  },
  async onStuck(tx, doomed, error) {
    await tx.images.setVersion(doomed.version.imageId, doomed.version.version, ['deleting'], { error: say('text', { text: whyOf(error) }) });
  },
});
