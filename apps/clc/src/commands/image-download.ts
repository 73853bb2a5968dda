// A ticket to read one version from Walrus. Called by routes/images.
import { CloudError } from '@educloud/errors';
import { say, type DownloadGrant, type ImageId } from '@educloud/contracts';
import type { Deps } from '../deps.ts';
import { imageRef } from './image-create/build.ts';

export async function downloadImage(deps: Deps, imageId: ImageId, version: number): Promise<DownloadGrant> {
  const row = await deps.store.read.images.version(imageId, version);
  const image = await deps.store.read.images.image(imageId);
  if (!row || !image || image.deletedAt) throw new CloudError('NOT_FOUND', say('noVersion', { image: imageId, version }));
  if (row.state !== 'available') throw new CloudError('IMAGE_NOT_READY', say('versionIs', { version, image: imageId, state: row.state }));
  const walrus = row.walrusId ? await deps.store.read.daemons.daemon(row.walrusId) : null;
  if (!walrus) throw new CloudError('STORE_UNAVAILABLE', say('storeOfVersionAway'));
  const ref = imageRef(row);
  const ttlMs = deps.limits.uploadMs;
  return {
    url: `${walrus.url}/walrus/api/1.0/images/${imageId}/versions/${version}/file`,
    ticket: deps.sign({ action: 'image/download', imageId, version }, ttlMs),
    sha256: ref.sha256, sizeBytes: ref.sizeBytes, fileName: `${imageId}.v${version}.${ref.format}`, expiresAt: deps.now() + ttlMs,
  };
}
