// An OS type goes, unless an image has it. Called by routes/os-types.
import { CloudError } from '@educloud/errors';
import { say } from '@educloud/contracts';
import type { Deps } from '../deps.ts';
import { changedMeanwhile, requireRevision, type SeenRevisions } from '../revision.ts';

/** So many are named in a refusal. */
const NAMED = 3;

export async function deleteOsType(deps: Pick<Deps, 'store'>, name: string, seen: SeenRevisions): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const row = await tx.osTypes.osType(name);
    if (!row) throw new CloudError('NOT_FOUND', say('noOsType', { name }));
    requireRevision(row, seen);
    // record, then check: from here on no image can begin to have it, and a refusal takes the deletion back
    if (!(await tx.osTypes.deleteOsType(name, row.rev))) throw changedMeanwhile(row);
    const images = await tx.images.imagesOfType(name);
    if (images.length === 0) return;
    const users = images.slice(0, NAMED);
    const why = images.length > NAMED ? say('osTypeUsedByMore', { name, users, more: images.length - NAMED }) : say('osTypeUsedBy', { name, users });
    throw new CloudError('TYPE_IN_USE', why, { data: { images: images.slice(0, 100) } });
  });
}
