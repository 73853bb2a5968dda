// A new VM type. Called by routes/vm-types.
import { CloudError, wrongField } from '@educloud/errors';
import { say, type CreateVmType } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../deps.ts';
import type { VmTypeRow } from '../store/interface.ts';

export async function createVmType(deps: Pick<Deps, 'store' | 'now' | 'accepted'>, asked: z.output<typeof CreateVmType>, location: string): Promise<VmTypeRow> {
  return deps.store.transaction(async (tx) => {
    const now = deps.now();
    const row: VmTypeRow = { ...asked, rev: 1, createdAt: now, updatedAt: now };
    if (!(await tx.vmTypes.insertVmType(row))) throw new CloudError('NAME_TAKEN', say('vmTypeExists', { name: asked.name }), { data: { fields: [wrongField('name', say('inUse'))] } });
    await deps.accepted(tx, { status: 201, location });
    return row;
  });
}
