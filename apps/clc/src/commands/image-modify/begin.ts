// image/modify/begin: a task that will add a version to the image itself. One at a time per image. Called by routes/image-tasks.
import { CloudError, wrongField } from '@educloud/errors';
import { say, type BeginImageModify, type ImageId } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../../deps.ts';
import { insertTask, sourceOf } from '../image-create/begin.ts';
import type { TaskRow, Tx } from '../../store/interface.ts';

export async function beginImageModify(deps: Deps, srcId: ImageId, order: z.output<typeof BeginImageModify>, owner: string): Promise<TaskRow> {
  return deps.store.transaction(async (tx) => {
    // check
    const { image, version } = await sourceOf(tx, srcId, order.srcVersion);
    if (version.format === 'iso') throw new CloudError('BAD_REQUEST', say('mediumNotModified'), { data: { fields: [wrongField('srcid', say('isMedium'))] } });

    // record
    const task = await insertTask(deps, tx, { kind: 'image/modify', name: image.name, image, version, dst: srcId, owner, usage: image.usage, ostype: image.ostype, order, blankBytes: null, description: image.description });
    await holdImage(tx, srcId, task.tid);
    return task;
  });
}

/** The image belongs to this task until it ends; 409 says who has it. */
export async function holdImage(tx: Tx, imageId: string, tid: string): Promise<void> {
  if (await tx.images.hold(imageId, tid)) return;
  const holder = (await tx.images.image(imageId))?.heldBy ?? 'another task';
  const by = (await tx.tasks.task(holder))?.owner;
  throw new CloudError('IMAGE_HELD', by ? say('imageHeldByOf', { image: imageId, tid: holder, owner: by }) : say('imageHeldBy', { image: imageId, tid: holder }), { data: { heldBy: holder, owner: by ?? null } });
}
