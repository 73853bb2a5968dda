// imagestatus: Walrus received and inspected an upload, or refused it. Uploads of builds are registered by their submit, not here.
import { ImageStatus, say, type Envelope, type VersionState } from '@educloud/contracts';
import { CloudError, whyOf } from '@educloud/errors';
import type { SagaOrders } from '@educloud/saga';
import { removeStrayFile } from '../commands/image-delete.ts';
import type { Store, Tx } from '../store/interface.ts';

const GIVEN_UP: ReadonlySet<VersionState> = new Set(['refused', 'deleting', 'deleted']);

export async function onImageStatus(deps: { store: Store; saga: SagaOrders<Tx>; now(): number }, envelope: Envelope): Promise<void> {
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
      error: status.error ? say('errorOf', { code: status.error.code, why: whyOf(status.error) }) : null,
    });
    if (!changed) {
      // Deleted, or closed as abandoned, while its last bytes were under way.
      const version = available ? await tx.images.version(status.imageId, status.version) : null;
      if (version && GIVEN_UP.has(version.state)) await removeStrayFile(deps.saga, tx, version, walrusId);
      return;
    }
    await tx.images.updateImage(status.imageId, { updatedAt: deps.now() });
    await tx.events.append('image', status.imageId, { id: status.imageId, version: status.version, state: status.outcome, error: status.error ?? null, at: deps.now() });
  });
  deps.saga.kick();
}
