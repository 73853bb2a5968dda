// Networks of clusters in the database. An address is taken by one UPDATE of a row that is free, so two askers can never both get it.
import type { SqlValue } from '@educloud/database';
import type { AddressRow, NetworkStore } from './interface.ts';
import { change, execute, firstNumber, insertUnlessThere, many, one, type Session } from './session.ts';

const INSERTED_AT_ONCE = 500;
const OF_POOL = 'ccId = ? AND kind = ?';

export function networkStore(session: Session): NetworkStore {
  const { sql, tables: { clusterNetworks, clusterAddresses, clusterAccess, instances } } = session;
  const untouched = { settings: null, rev: 0, stateRev: 0, appliedRev: 0, appliedAt: null, refused: [], updatedAt: null };

  /** The first that is free from a place on. One that somebody is just taking is passed over, unless there is no other: then it is waited for. */
  async function take(s: Session, ccId: string, kind: string, from: number, by: { insId: string; purpose: string }, patient: boolean): Promise<string | null> {
    for (;;) {
      const found = await s.sql.first(`SELECT value FROM cluster_addresses WHERE ${OF_POOL} AND state = 'free' AND place >= ? ORDER BY place LIMIT 1${patient ? s.sql.forUpdate : s.sql.skipLocked}`, [ccId, kind, from]);
      if (!found) return null;
      const value = String(found[0]);
      if (await leaseThis(s, ccId, kind, value, by)) return value;
    }
  }
  const leaseThis = (s: Session, ccId: string, kind: string, value: string, { insId, purpose }: { insId: string; purpose: string }): Promise<boolean> =>
    change(s, clusterAddresses, { state: 'leased', insId, purpose, freedAt: null }, `${OF_POOL} AND value = ? AND state = 'free'`, [ccId, kind, value]);

  return {
    network: (ccId) => one(session, clusterNetworks, 'ccId = ?', [ccId]),
    lockNetworks: () => many(session, clusterNetworks, `ORDER BY ccId${session.unit ? sql.forUpdate : ''}`, []),
    networks: () => many(session, clusterNetworks, 'ORDER BY ccId', []),
    putNetwork: (ccId, rev, set) => session.atomic(async (s) => {
      await insertUnlessThere(s, clusterNetworks.insert({ ccId, ...untouched }));
      return change(s, clusterNetworks, { ...set, rev: rev + 1 }, 'ccId = ? AND rev = ?', [ccId, rev], ['stateRev = stateRev + 1']);
    }),
    raise: (ccId) => session.atomic(async (s) => {
      if (!(await change(s, clusterNetworks, {}, 'ccId = ?', [ccId], ['stateRev = stateRev + 1']))) await insertUnlessThere(s, clusterNetworks.insert({ ccId, ...untouched, stateRev: 1 }));
      // The row is ours until the commit: this is the number we made.
      return firstNumber(await s.sql.first('SELECT stateRev FROM cluster_networks WHERE ccId = ?', [ccId]));
    }),
    applied: (ccId, { rev, refused }, at) => session.atomic(async (s) => {
      await insertUnlessThere(s, clusterNetworks.insert({ ccId, ...untouched }));
      // It cannot have brought about what there is not yet; an answer that is late says nothing new.
      return change(s, clusterNetworks, { appliedRev: rev, appliedAt: at, refused }, 'ccId = ? AND appliedRev <= ? AND stateRev >= ?', [ccId, rev, rev]);
    }),

    addAddresses: (ccId, kind, places) => session.atomic(async (s) => {
      const there = new Set((await s.sql.lists(`SELECT place FROM cluster_addresses WHERE ${OF_POOL}`, [ccId, kind])).map(firstNumber));
      const rows = places.filter(({ place }) => !there.has(place)).map((at) => ({ ccId, kind, ...at, state: 'free' as const, insId: null, purpose: '', freedRev: 0, freedAt: null }));
      for (let i = 0; i < rows.length; i += INSERTED_AT_ONCE) await execute(s, clusterAddresses.insert(...rows.slice(i, i + INSERTED_AT_ONCE)));
    }),
    removeAddresses: (ccId, kind, keep) => session.atomic(async (s) => {
      const outside = keep.map(() => ' AND NOT place BETWEEN ? AND ?').join('');
      const params: SqlValue[] = [ccId, kind, ...keep.flatMap(({ from, to }) => [from, to])];
      await s.sql.run(`DELETE FROM cluster_addresses WHERE ${OF_POOL}${outside} AND state = 'free'`, params);
      return many(s, clusterAddresses, `WHERE ${OF_POOL}${outside} ORDER BY place LIMIT 20`, params);
    }),
    lease: (ccId, kind, by, from = 0) => session.atomic(async (s) => (
      (await take(s, ccId, kind, from, by, false)) ?? (from > 0 ? await take(s, ccId, kind, 0, by, false) : null) ?? (s.sql.skipLocked === '' ? null : await take(s, ccId, kind, 0, by, true)))),
    leaseThis: (ccId, kind, value, by) => session.atomic(async (s) => (await leaseThis(s, ccId, kind, value, by)) || (await one(s, clusterAddresses, `${OF_POOL} AND value = ?`, [ccId, kind, value]))?.insId === by.insId),
    giveBack: (insId, { rev, at, keep }) => session.atomic(async (s) => {
      const kept = (keep ?? []).map(() => ' AND NOT (kind = ? AND value = ?)').join('');
      await s.sql.run(`UPDATE cluster_addresses SET state = 'quarantine', insId = NULL, purpose = '', freedRev = ?, freedAt = ? WHERE insId = ?${kept}`, [rev, at, insId, ...(keep ?? []).flatMap(({ kind, value }) => [kind, value])]);
    }),
    endQuarantine: (before, ccId) => sql.run(
      `UPDATE cluster_addresses SET state = 'free', freedAt = NULL WHERE state = 'quarantine' AND freedAt <= ?${ccId === undefined ? '' : ' AND ccId = ?'}`
      + ' AND freedRev <= (SELECT n.appliedRev FROM cluster_networks n WHERE n.ccId = cluster_addresses.ccId)', [before, ...(ccId === undefined ? [] : [ccId])]),
    address: (ccId, kind, value) => one(session, clusterAddresses, `${OF_POOL} AND value = ?`, [ccId, kind, value]),
    async lockLeases(ccId) {
      // Every row, also those that are free: they are what somebody could take.
      if (session.unit && sql.forUpdate !== '') await sql.lists(`SELECT place FROM cluster_addresses WHERE ccId = ? ORDER BY kind, place${sql.forUpdate}`, [ccId]);
      return many(session, clusterAddresses, "WHERE ccId = ? AND state = 'leased' ORDER BY kind, place LIMIT 20", [ccId]);
    },
    addresses({ ccId, kind, state, after, limit }) {
      const where = ['ccId = ?'];
      const params: SqlValue[] = [ccId];
      for (const [column, value] of [['kind', kind], ['state', state]] as const) {
        if (value === undefined) continue;
        where.push(`${column} = ?`);
        params.push(value);
      }
      if (after) {
        where.push('(kind > ? OR (kind = ? AND place > ?))');
        params.push(after.kind, after.kind, after.place);
      }
      return many(session, clusterAddresses, `WHERE ${where.join(' AND ')} ORDER BY kind, place LIMIT ${Math.max(1, Math.trunc(limit))}`, params);
    },
    async counts(ccId) {
      const rows = await sql.rows('SELECT ccId, kind, COUNT(*) AS total, SUM(state = \'leased\') AS leased, SUM(state = \'quarantine\') AS quarantine FROM cluster_addresses'
        + `${ccId === undefined ? '' : ' WHERE ccId = ?'} GROUP BY ccId, kind`, ccId === undefined ? [] : [ccId]);
      return rows.map((raw) => ({ ccId: String(raw['ccId']), kind: raw['kind'] as AddressRow['kind'], all: Number(raw['total']), leased: Number(raw['leased']), quarantine: Number(raw['quarantine']) }));
    },
    async lostLeases() {
      // Whoever is placed has a node; what is leased in the transaction of a placement is seen with it or not at all.
      const raw = await sql.rows(`SELECT DISTINCT a.insId AS insId, a.ccId AS ccId FROM cluster_addresses a LEFT JOIN ${instances.name} i ON i.id = a.insId WHERE a.state = 'leased' AND (i.id IS NULL OR i.ncId IS NULL OR i.deletedAt IS NOT NULL)`);
      return raw.map((row) => ({ insId: String(row['insId']), ccId: String(row['ccId']) }));
    },

    openAccess: (row) => session.atomic(async (s) => {
      await s.sql.run('DELETE FROM cluster_access WHERE insId = ?', [row.insId]);
      await execute(s, clusterAccess.insert({ ...row }));
    }),
    closeAccess: async (insId) => (await sql.run('DELETE FROM cluster_access WHERE insId = ?', [insId])) > 0,
    accessIn: (ccId) => many(session, clusterAccess, 'WHERE ccId = ? ORDER BY insId', [ccId]),
  };
}
