// A VM type goes, unless an OS type has it by default. What was made with it keeps its sizes. Called by routes/vm-types.
import { CloudError } from '@educloud/errors';
import { say } from '@educloud/contracts';
import type { Deps } from '../deps.ts';
import { changedMeanwhile, requireRevision, type SeenRevisions } from '../revision.ts';

export async function deleteVmType(deps: Pick<Deps, 'store'>, name: string, seen: SeenRevisions): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const row = await tx.vmTypes.vmType(name);
    if (!row) throw new CloudError('NOT_FOUND', say('noVmType', { name }));
    requireRevision(row, seen);
    // record, then check: from here on nobody can begin to refer to it, and a refusal takes the deletion back
    if (!(await tx.vmTypes.deleteVmType(name, row.rev))) throw changedMeanwhile(row);
    const users = await tx.osTypes.osTypesWithDefault(name);
    if (users.length > 0) throw new CloudError('TYPE_IN_USE', say('vmTypeUsedBy', { name, users }), { data: { osTypes: users } });
  });
}
