// image/create/begin: a new task with its hidden instance and reserved version. Nothing runs yet. Called by routes/image-tasks.
import { CloudError, wrongField } from '@educloud/errors';
import { newImageId, newInstanceId, taskId, type BeginImageCreate, type ImageId, type ImageUsage, say, type Said } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../../deps.ts';
import type { ImageRow, TaskOptions, TaskRow, Tx, VersionRow } from '../../store/interface.ts';
import { osTypeFor, usualVmType, vmTypeFor } from '../../types.ts';

type Order = z.output<typeof BeginImageCreate>;

export async function beginImageCreate(deps: Deps, srcId: ImageId, order: Order, owner: string): Promise<TaskRow> {
  return deps.store.transaction(async (tx) => {
    // check
    const { image, version } = await sourceOf(tx, srcId, order.srcVersion);
    const isMedium = version.format === 'iso';
    if (order.blankBytes && !isMedium) throw fieldError('blankBytes', say('blankNeedsMedium'));
    if (!order.blankBytes && isMedium) throw fieldError('blankBytes', say('mediumNeedsBlank'));
    if (order.blankBytes && order.blankBytes > deps.limits.maxVirtualBytes) {
      throw new CloudError('IMAGE_TOO_BIG', say('blankTooBig', { size: order.blankBytes, limit: deps.limits.maxVirtualBytes }), { data: { field: 'blankBytes', limit: deps.limits.maxVirtualBytes } });
    }
    const { name: ostype } = await osTypeFor(tx, order.ostype ?? image.ostype);
    const usage: ImageUsage = order.usage ?? (image.usage === 'medium' ? 'server' : image.usage);

    // record
    const dst = newImageId(deps.random);
    const now = deps.now();
    await tx.images.insertImage({ id: dst, name: order.name, ostype, usage, description: order.description, heldBy: null, deletedAt: null, createdAt: now, updatedAt: now, createdBy: owner });
    return insertTask(deps, tx, { kind: 'image/create', name: order.name, image, version, dst, owner, usage, ostype, order, blankBytes: order.blankBytes ?? null, description: order.description });
  });
}

/** The source stays there: it cannot be deleted between this check and the commit of the task that uses it. */
export async function sourceOf(tx: Tx, srcId: string, wanted: number | undefined): Promise<{ image: ImageRow; version: VersionRow }> {
  const image = await tx.images.useImage(srcId);
  if (!image) throw new CloudError('NOT_FOUND', say('noImage', { image: srcId }));
  const version = wanted ? await tx.images.version(srcId, wanted) : await tx.images.latestAvailable(srcId);
  if (wanted && !version) throw new CloudError('NOT_FOUND', say('noVersion', { image: srcId, version: wanted }));
  if (!version || version.state !== 'available') throw new CloudError('IMAGE_NOT_READY', wanted ? say('versionNotFinished', { image: srcId, version: wanted }) : say('noFinishedVersion', { image: srcId }));
  return { image, version };
}

export interface NewBuild {
  kind: TaskRow['kind'];
  name: string;
  image: ImageRow;
  version: VersionRow;
  dst: ImageId;
  owner: string;
  usage: ImageUsage;
  ostype: string;
  order: { vmType?: string | undefined; memoryMiB?: number | undefined; cpus?: number | undefined; node?: string | undefined; cluster?: string | undefined };
  blankBytes: number | null;
  description: string;
}

/** Instance, reserved version and task row, alike for create and modify. */
export async function insertTask(deps: Deps, tx: Tx, b: NewBuild): Promise<TaskRow> {
  const now = deps.now();
  const ins = newInstanceId(deps.random);
  const tid = taskId(b.image.id as ImageId, b.dst, ins);
  const size = await (b.order.vmType ? vmTypeFor(tx, b.order.vmType) : usualVmType(tx, b.ostype));
  const options: TaskOptions = {
    ostype: b.ostype, usage: b.usage, description: b.description,
    memoryMiB: b.order.memoryMiB ?? size.memoryMiB, cpus: b.order.cpus ?? size.cpus,
    blankBytes: b.blankBytes, node: b.order.node ?? null, cluster: b.order.cluster ?? null,
  };
  const dstVersion = await tx.images.reserveVersion({
    imageId: b.dst, state: 'reserved', sha256: null, sizeBytes: null, virtualSizeBytes: null, format: null, declared: null,
    parentImageId: b.image.id, parentVersion: b.version.version, tid, walrusId: null, error: null, createdAt: now, createdBy: b.owner,
  });
  await tx.instances.insertInstance({
    id: ins, tid, purpose: 'build', kind: b.usage === 'server' ? 'vs' : 'rvd', ccId: null, ncId: null, memoryMiB: options.memoryMiB, cpus: options.cpus,
    diskBytes: b.blankBytes ?? b.version.virtualSizeBytes ?? 0, vmstatus: 'init', firstBootAt: null, statusEpoch: 0, statusSeq: 0, createdAt: now, deletedAt: null,
  });
  const row: TaskRow = {
    tid, kind: b.kind, name: b.name, srcImageId: b.image.id, srcVersion: b.version.version, dstImageId: b.dst, dstVersion, insId: ins,
    phase: 'preparing', state: 'pending', progress: 0, vmstatus: 'init', message: say('readyToPrepare'), error: null, kept: null, failedStep: null,
    options, ccId: null, ncId: null, placement: null, owner: b.owner, rev: 1, createdAt: now, updatedAt: now,
  };
  await tx.tasks.insertTask(row);
  await deps.accepted(tx, { tid, status: 201 });
  return row;
}

const fieldError = (field: string, why: Said): CloudError => new CloudError('BAD_REQUEST', why, { data: { fields: [wrongField(field, why)] } });
