// Other sizes or words for a VM type. What was made with it keeps its sizes. Called by routes/vm-types.
import { CloudError } from '@educloud/errors';
import { say, type ModifyVmType } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../deps.ts';
import type { VmTypeRow } from '../store/interface.ts';
import { changedMeanwhile, requireRevision, type SeenRevisions } from '../revision.ts';

export async function modifyVmType(deps: Pick<Deps, 'store' | 'now'>, name: string, asked: z.output<typeof ModifyVmType>, seen: SeenRevisions): Promise<VmTypeRow> {
  return deps.store.transaction(async (tx) => {
    const row = await tx.vmTypes.vmType(name);
    if (!row) throw new CloudError('NOT_FOUND', say('noVmType', { name }));
    requireRevision(row, seen);
    if (!(await tx.vmTypes.updateVmType(name, row.rev, { ...asked, updatedAt: deps.now() }))) throw changedMeanwhile(row);
    return (await tx.vmTypes.vmType(name)) ?? row;
  });
}
