// imagestatus: Walrus received and inspected an upload, or refused it. Uploads of builds are registered by their submit, not here.
import { ImageStatus, type Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Store } from '../store/interface.ts';

export async function onImageStatus(deps: { store: Store; now(): number }, envelope: Envelope): Promise<void> {
  const parsed = ImageStatus.safeParse(envelope.body);
  if (!parsed.success || !envelope.source) throw new CloudError('MESSAGE_INVALID', `imagestatus ${envelope.id}: ${parsed.error?.issues[0]?.message ?? 'no source'}`);
  const status = parsed.data;
  const walrusId = envelope.source.node;
  // A node could say so too, through its CC: only the store knows what it holds.
  if ((await deps.store.read.daemons.daemon(walrusId))?.role !== 'walrus') throw new CloudError('WRONG_NODE', `imagestatus ${envelope.id}: ${walrusId} is no image store`);
  if (status.tid || status.outcome === 'deleted') return;
  await deps.store.transaction(async (tx) => {
    const available = status.outcome === 'available';
    const changed = await tx.images.setVersion(status.imageId, status.version, ['uploading'], {
      state: available ? 'available' : 'refused', sha256: status.sha256, sizeBytes: status.sizeBytes, virtualSizeBytes: status.virtualSizeBytes, format: status.format, walrusId,
      error: status.error ? `${status.error.code}: ${status.error.message}` : null,
    });
    if (!changed) return;
    await tx.images.updateImage(status.imageId, { updatedAt: deps.now() });
    await tx.events.append('image', status.imageId, { id: status.imageId, version: status.version, state: status.outcome, error: status.error ?? null, at: deps.now() });
  });
}
