// Uploads by people: the row first, then a ticket for Walrus. The bytes never pass the CLC. Called by routes/images; ended by status/image-status.
import { CloudError, wrongField } from '@educloud/errors';
import { newImageId, type CreateImage, type UploadGrant, type ImageId, say } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../deps.ts';
import type { DaemonRow, VersionRow } from '../store/interface.ts';
import { osTypeFor } from '../types.ts';
import { pickWalrus } from './image-create/build.ts';

export async function createImage(deps: Deps, order: z.output<typeof CreateImage>, owner: string): Promise<UploadGrant> {
  if (order.sizeBytes > deps.limits.maxUploadBytes) {
    throw new CloudError('TOO_LARGE', say('fileTooBig', { size: order.sizeBytes, limit: deps.limits.maxUploadBytes }), { data: { fields: [wrongField('sizeBytes', say('atMost', { maximum: deps.limits.maxUploadBytes }))] } });
  }
  return deps.store.transaction(async (tx) => {
    await osTypeFor(tx, order.ostype);
    const walrus = usable(await pickWalrus(tx));
    const now = deps.now();
    const id = newImageId(deps.random);
    await tx.images.insertImage({ id, name: order.name, ostype: order.ostype, usage: order.format === 'iso' ? 'medium' : order.usage, description: order.description, heldBy: null, deletedAt: null, createdAt: now, updatedAt: now, createdBy: owner });
    const version = await tx.images.reserveVersion({
      imageId: id, state: 'uploading', sha256: null, sizeBytes: null, virtualSizeBytes: null, format: null,
      declared: { sizeBytes: order.sizeBytes, sha256: order.sha256 ?? null, format: order.format },
      parentImageId: null, parentVersion: null, tid: null, walrusId: walrus.id, error: null, createdAt: now, createdBy: owner,
    });
    return grant(deps, walrus.url, id, version, { sizeBytes: order.sizeBytes, sha256: order.sha256 ?? null, format: order.format });
  });
}

/** A new ticket for an upload that was interrupted. */
export async function resumeUpload(deps: Deps, imageId: ImageId, version: number): Promise<UploadGrant> {
  return deps.store.transaction(async (tx) => {
    const row = await tx.images.version(imageId, version);
    if (!row) throw new CloudError('NOT_FOUND', say('noVersion', { image: imageId, version }));
    if (row.state !== 'uploading' || !row.declared) throw new CloudError('CONFLICT', say('versionNotUploading', { version, image: imageId, state: row.state }), { retryable: false });
    // What has arrived lies in the store that was chosen at first.
    const walrus = usable(row.walrusId ? await tx.daemons.daemon(row.walrusId) : null);
    return grant(deps, walrus.url, imageId, version, row.declared);
  });
}

function grant(deps: Deps, walrusUrl: string, imageId: ImageId, version: number, declared: NonNullable<VersionRow['declared']>): UploadGrant {
  const ticket = deps.sign({ action: 'image/upload', imageId, version, ...declared, maxVirtualBytes: deps.limits.maxVirtualBytes, tid: null }, deps.limits.uploadMs);
  return { imageId, version, uploadUrl: `${walrusUrl}/walrus/api/1.0/uploads`, ticket, expiresAt: deps.now() + deps.limits.uploadMs };
}

function usable(walrus: DaemonRow | null): DaemonRow {
  if (!walrus || walrus.state === 'down') throw new CloudError('STORE_UNAVAILABLE', walrus ? say('storeDown', { name: walrus.name }) : say('noStore'));
  return walrus;
}

