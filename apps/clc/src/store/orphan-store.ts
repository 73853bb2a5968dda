// Orphans in the database, and the promises that nobody holds any more.
import type { ClaimKind, OrphanStore } from './interface.ts';
import { execute, many, one, type Session } from './session.ts';
import { ledgerStore } from './ledger-store.ts';

const ENDED_CLAIMS = 'SELECT c.insId AS insId, c.kind AS kind FROM ledger_claims c LEFT JOIN instances i ON i.id = c.insId WHERE i.id IS NULL OR i.deletedAt IS NOT NULL';
/** A task that failed its first prepare holds nothing either, but may be prepared again at any moment: its own step gives the image back. */
const ENDED_HOLDS = "SELECT m.id AS id, m.heldBy AS tid FROM images m LEFT JOIN tasks t ON t.tid = m.heldBy WHERE m.heldBy IS NOT NULL AND (t.tid IS NULL OR t.state IN ('submitted', 'cancelled', 'deleted'))";

export function orphanStore(session: Session): OrphanStore {
  const { orphans } = session.tables;
  return {
    orphans: (daemonId) => many(session, orphans, `${daemonId === undefined ? '' : 'WHERE daemonId = ? '}ORDER BY daemonId, item`, daemonId === undefined ? [] : [daemonId]),
    orphan: (daemonId, item) => one(session, orphans, 'daemonId = ? AND item = ?', [daemonId, item]),
    putOrphan: (row) => session.atomic(async (s) => {
      const there = await one(s, orphans, `daemonId = ? AND item = ?${s.sql.forUpdate}`, [row.daemonId, row.item]);
      if (there) await s.sql.run('DELETE FROM orphans WHERE daemonId = ? AND item = ?', [row.daemonId, row.item]);
      await execute(s, orphans.insert({ ...row, since: there?.since ?? row.since }));
    }),
    removeOrphan: async (daemonId, item) => (await session.sql.run('DELETE FROM orphans WHERE daemonId = ? AND item = ?', [daemonId, item])) > 0,
    async orphanCounts() {
      const [raw] = await session.sql.rows('SELECT COUNT(*) AS total, COALESCE(SUM(kept IS NOT NULL), 0) AS kept FROM orphans');
      const kept = Number(raw?.['kept'] ?? 0);
      return { due: Number(raw?.['total'] ?? 0) - kept, kept };
    },
    releaseLost: () => session.atomic(async (s) => {
      await s.unit?.settle();
      const ledger = ledgerStore(s);
      const done: string[] = [];
      for (const row of await s.sql.rows(ENDED_CLAIMS)) {
        await ledger.release(String(row['insId']), row['kind'] as ClaimKind);
        done.push(`claim of ${String(row['kind'])} by ${String(row['insId'])}, which has ended`);
      }
      for (const row of await s.sql.rows(ENDED_HOLDS)) {
        await s.sql.run('UPDATE images SET heldBy = NULL WHERE id = ? AND heldBy = ?', [String(row['id']), String(row['tid'])]);
        done.push(`hold on ${String(row['id'])} by ${String(row['tid'])}, which has ended`);
      }
      return done;
    }),
  };
}
