// VM types in the database.
import type { VmTypeStore } from './interface.ts';
import { change, insertUnlessThere, many, one, type Session } from './session.ts';

export function vmTypeStore(session: Session): VmTypeStore {
  const { sql, tables: { vmTypes } } = session;
  return {
    vmType: (name) => one(session, vmTypes, 'name = ?', [name]),
    useVmType: (name) => one(session, vmTypes, `name = ?${sql.forShare}`, [name]),
    vmTypes: () => many(session, vmTypes, 'ORDER BY memoryMiB, cpus, name', []),
    insertVmType: (row) => insertUnlessThere(session, vmTypes.insert({ ...row })),
    updateVmType: (name, rev, set) => change(session, vmTypes, { ...set, rev: rev + 1 }, 'name = ? AND rev = ?', [name, rev]),
    deleteVmType: async (name, rev) => (await sql.run('DELETE FROM vm_types WHERE name = ? AND rev = ?', [name, rev])) > 0,
  };
}
