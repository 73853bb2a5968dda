// The VM type or OS type that somebody named: it stays until the commit, or the request is refused with the field named. Used by the commands that refer to one.
import { CloudError, wrongField } from '@educloud/errors';
import { say, type Said } from '@educloud/contracts';
import type { OsTypeRow, Tx, VmTypeRow } from './store/interface.ts';

const refused = (field: string, why: Said): CloudError => new CloudError('BAD_REQUEST', why, { data: { fields: [wrongField(field, why)] } });

export async function vmTypeFor(tx: Pick<Tx, 'vmTypes'>, name: string, field = 'vmType'): Promise<VmTypeRow> {
  const row = await tx.vmTypes.useVmType(name);
  if (!row) throw refused(field, say('noVmType', { name }));
  return row;
}

export async function osTypeFor(tx: Pick<Tx, 'osTypes'>, name: string): Promise<OsTypeRow> {
  const row = await tx.osTypes.useOsType(name);
  if (!row) throw refused('ostype', say('noOsType', { name }));
  return row;
}

/** The size of a machine with this OS type when nobody gives another. */
export const usualVmType = async (tx: Pick<Tx, 'osTypes' | 'vmTypes'>, osType: string): Promise<VmTypeRow> => vmTypeFor(tx, (await osTypeFor(tx, osType)).defaultVmType);
