// What this store holds: finished versions and uploads. For its inventory.
import type { HeldItem } from '@educloud/contracts';
import { versionName } from '@educloud/images';
import type { ImageStore } from '../drivers/store/interface.ts';

export const heldHere = async (store: Pick<ImageStore, 'files'>): Promise<HeldItem[]> =>
  (await store.files()).map((file): HeldItem => ({ kind: file.finished ? 'version' : 'upload', name: versionName(file), sizeBytes: file.sizeBytes, holds: [], running: false, booted: false }));
