// Other hardware or words for an OS type: guests have it from their next start. Called by routes/os-types.
import { CloudError } from '@educloud/errors';
import { say, type ModifyOsType } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../deps.ts';
import { changedMeanwhile, requireRevision, type SeenRevisions } from '../revision.ts';
import type { OsTypeRow } from '../store/interface.ts';
import { vmTypeFor } from '../types.ts';

export async function modifyOsType(deps: Pick<Deps, 'store' | 'now'>, name: string, asked: z.output<typeof ModifyOsType>, seen: SeenRevisions): Promise<OsTypeRow> {
  return deps.store.transaction(async (tx) => {
    // check
    const row = await tx.osTypes.osType(name);
    if (!row) throw new CloudError('NOT_FOUND', say('noOsType', { name }));
    requireRevision(row, seen);
    if (asked.defaultVmType !== undefined) await vmTypeFor(tx, asked.defaultVmType, 'defaultVmType');
    // record
    if (!(await tx.osTypes.updateOsType(name, row.rev, { ...asked, updatedAt: deps.now() }))) throw changedMeanwhile(row);
    return (await tx.osTypes.osType(name)) ?? row;
  });
}
