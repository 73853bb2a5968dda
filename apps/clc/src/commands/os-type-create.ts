// A new OS type. Called by routes/os-types.
import { CloudError, wrongField } from '@educloud/errors';
import { say, type CreateOsType } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../deps.ts';
import type { OsTypeRow } from '../store/interface.ts';
import { vmTypeFor } from '../types.ts';

export async function createOsType(deps: Pick<Deps, 'store' | 'now' | 'accepted'>, asked: z.output<typeof CreateOsType>, location: string): Promise<OsTypeRow> {
  return deps.store.transaction(async (tx) => {
    await vmTypeFor(tx, asked.defaultVmType, 'defaultVmType');
    const now = deps.now();
    const row: OsTypeRow = { ...asked, rev: 1, createdAt: now, updatedAt: now };
    if (!(await tx.osTypes.insertOsType(row))) throw new CloudError('NAME_TAKEN', say('osTypeExists', { name: asked.name }), { data: { fields: [wrongField('name', say('inUse'))] } });
    await deps.accepted(tx, { status: 201, location });
    return row;
  });
}
