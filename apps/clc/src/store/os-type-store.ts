// OS types in the database.
import type { OsTypeStore } from './interface.ts';
import { change, insertUnlessThere, known, many, one, type Session } from './session.ts';

export function osTypeStore(session: Session): OsTypeStore {
  const { sql, tables: { osTypes } } = session;
  return {
    osType: (name) => known(session, osTypes, name, () => one(session, osTypes, 'name = ?', [name])),
    useOsType: (name) => one(session, osTypes, `name = ?${sql.forShare}`, [name]),
    osTypes: () => many(session, osTypes, 'ORDER BY title, name', []),
    osTypesWithDefault: async (vmType) => (await sql.rows('SELECT name FROM os_types WHERE defaultVmType = ? ORDER BY name', [vmType])).map((raw) => String(raw['name'])),
    insertOsType: (row) => insertUnlessThere(session, osTypes.insert({ ...row })),
    updateOsType: (name, rev, set) => change(session, osTypes, { ...set, rev: rev + 1 }, 'name = ? AND rev = ?', [name, rev]),
    async deleteOsType(name, rev) {
      session.unit?.forget(osTypes.name);
      return (await sql.run('DELETE FROM os_types WHERE name = ? AND rev = ?', [name, rev])) > 0;
    },
  };
}
