// Local desktops in the database: what hosts have of them, and the runs they reported.
import { type SqlValue } from '@educloud/database';
import type { LocalStore } from './interface.ts';
import { pageOf } from './page.ts';
import { change, execute, insertUnlessThere, many, type Session } from './session.ts';

export function localStore(session: Session): LocalStore {
  const { tables: { localDesktops, localReports, localUses } } = session;
  return {
    putLocalDesktops: (hostId, rows, { epoch, seq }) => session.atomic(async (s) => {
      const report = { hostId, epoch, seq };
      // With the row written it is ours until the commit: of two reports at once the other waits, and looks at this one.
      const newest = () => change(s, localReports, report, 'hostId = ? AND (epoch < ? OR (epoch = ? AND seq < ?))', [hostId, epoch, epoch, seq]);
      // Of two first ones at once neither finds a row: the one that comes second with its own looks once more.
      if (!(await newest()) && !(await insertUnlessThere(s, localReports.insert(report))) && !(await newest())) return;
      await s.sql.run('DELETE FROM local_desktops WHERE hostId = ?', [hostId]);
      if (rows.length > 0) await execute(s, localDesktops.insert(...rows.map((row) => ({ ...row }))));
    }),
    localDesktopsOf: (insId) => many(session, localDesktops, 'WHERE insId = ? ORDER BY hostId', [insId]),
    localDesktopsAt: (hostId) => many(session, localDesktops, 'WHERE hostId = ? ORDER BY insId', [hostId]),
    putLocalUse: (row) => session.atomic(async (s) => {
      if (await insertUnlessThere(s, localUses.insert({ ...row }))) return;
      if (row.stoppedAt !== null) await change(s, localUses, { stoppedAt: row.stoppedAt, how: row.how }, 'id = ? AND hostId = ? AND stoppedAt IS NULL', [row.id, row.hostId]);
    }),
    localUses({ insId, hostId, owner, ...page }) {
      const where: string[] = [];
      const params: SqlValue[] = [];
      for (const [column, value] of [['insId', insId], ['hostId', hostId]] as const) {
        if (value === undefined) continue;
        where.push(`t.${column} = ?`);
        params.push(value);
      }
      if (owner !== undefined) { where.push('t.insId IN (SELECT u.id FROM user_instances u WHERE u.owner = ?)'); params.push(owner); }
      return pageOf(session, localUses, 'id', page, where, params);
    },
  };
}
