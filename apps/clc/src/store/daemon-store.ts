// Daemons and join tokens in the database.
import { ROLES, type Role } from '@educloud/contracts';
import { marks } from '@educloud/database';
import type { DaemonRow, DaemonStore } from './interface.ts';
import { change, count, execute, firstNumber, insertUnlessThere, known, many, one, type Session } from './session.ts';

const BEATS_AT_ONCE = 200;

export function daemonStore(session: Session): DaemonStore {
  const { sql, tables: { daemons, joinTokens }, now } = session;
  return {
    daemon: (id) => known(session, daemons, id, () => one(session, daemons, 'id = ?', [id])),
    async speaker(id) {
      const raw = await sql.first('SELECT role, ccId FROM daemons WHERE id = ?', [id]);
      return raw ? { role: raw[0] as Role, ccId: raw[1] as string | null } : null;
    },
    daemonByName: (role, name) => one(session, daemons, 'role = ? AND name = ?', [role, name]),
    async daemonsByIds(ids) {
      const there = ids.flatMap((id) => session.unit?.known<DaemonRow>(daemons.name, id) ?? []);
      const unread = ids.filter((id) => !there.some((row) => row.id === id));
      if (unread.length === 0) return there;
      const rows = await many(session, daemons, `WHERE id IN (${marks(unread.length)})`, unread);
      for (const row of rows) session.unit?.remember(daemons.name, row.id, row);
      return [...there, ...rows];
    },
    // With the roles named it is a look into the index.
    daemonsNamed: (name) => many(session, daemons, `WHERE role IN (${marks(ROLES.length)}) AND name = ? ORDER BY role`, [...ROLES, name]),
    async overview(most) {
      const [raw] = await sql.rows("SELECT COUNT(*) AS allOf, COALESCE(SUM(state = 'up'), 0) AS up, COALESCE(SUM(JSON_EXTRACT(facts, '$.hypervisor.kind') IN ('fake', '\"fake\"')), 0) AS fakes FROM daemons WHERE role = 'nc'");
      const first = `SELECT id AS i FROM daemons ORDER BY CASE WHEN role <> 'nc' THEN 0 WHEN state <> 'up' THEN 1 ELSE 2 END, role, name LIMIT ${Math.max(1, Math.trunc(most))}`;
      const rows = await sql.lists(`SELECT ${daemons.columns('t')} FROM (${first}) f JOIN daemons t ON t.id = f.i ORDER BY t.role, t.name`);
      return { rows: rows.map((row) => daemons.read(row)), nodes: { all: Number(raw?.['allOf']), up: Number(raw?.['up']) }, fake: Number(raw?.['fakes']) > 0 };
    },
    daemons(filter = {}) {
      const where: string[] = [];
      const params: string[] = [];
      for (const column of ['role', 'ccId'] as const) {
        const value = filter[column];
        if (value === undefined) continue;
        where.push(`${column} = ?`);
        params.push(value);
      }
      if (filter.after) {
        where.push('(role > ? OR (role = ? AND name > ?))');
        params.push(filter.after.role, filter.after.role, filter.after.name);
      }
      const limit = filter.limit === undefined ? '' : ` LIMIT ${Math.max(1, Math.trunc(filter.limit))}`;
      return many(session, daemons, `${where.length > 0 ? `WHERE ${where.join(' AND ')} ` : ''}ORDER BY role, name${limit}`, params);
    },
    async nodesAtWork(ccId) {
      const raw = await sql.rows("SELECT d.id FROM daemons d WHERE d.ccId = ? AND d.role = 'nc' AND EXISTS (SELECT 1 FROM saga_jobs j WHERE j.target = d.id AND j.state IN ('running', 'undoing', 'stuck')) ORDER BY d.id", [ccId]);
      return raw.map((row) => String(row['id']));
    },
    epochs: async () => (await sql.rows("SELECT id, epoch FROM daemons WHERE role <> 'clc'")).map((raw) => ({ id: String(raw['id']), epoch: Number(raw['epoch']) })),
    insertDaemon: (row) => insertUnlessThere(session, daemons.insert({ ...row })),
    register: (id, { url, facts, ccId, heartbeatMs = null, now: at }) => session.atomic(async (s) => {
      const set = { url, facts, ccId, heartbeatMs, state: 'up', registeredAt: at, lastBeatAt: at } as const;
      if (!(await change(s, daemons, set, 'id = ?', [id], ['epoch = epoch + 1']))) return null;
      // The row is ours until the commit: this is the number we made.
      return firstNumber(await s.sql.first('SELECT epoch FROM daemons WHERE id = ?', [id]));
    }),
    // Coming up is hearing from it: that moment counts as its last beat.
    setState: (id, epoch, from, to) => change(session, daemons, { state: to, ...(to === 'up' ? { lastBeatAt: now() } : {}) }, `id = ? AND epoch = ? AND state IN (${marks(from.length)})${to === 'up' ? ' AND (fencedEpoch IS NULL OR epoch > fencedEpoch)' : ''}`, [id, epoch, ...from]),
    setFacts: (id, epoch, facts) => change(session, daemons, { facts }, 'id = ? AND epoch = ?', [id, epoch]),
    async setLastBeats(beats) {
      session.unit?.forget(daemons.name);
      for (let i = 0; i < beats.length; i += BEATS_AT_ONCE) {
        // One order for all writers, so that two of them never wait for each other.
        const some = beats.slice(i, i + BEATS_AT_ONCE).sort((a, b) => (a.id < b.id ? -1 : 1));
        const cases = some.map(() => 'WHEN ? THEN ?').join(' ');
        await sql.run(`UPDATE daemons SET lastBeatAt = CASE id ${cases} END WHERE id IN (${marks(some.length)})`, [...some.flatMap((b) => [b.id, b.at]), ...some.map((b) => b.id)]);
      }
    },
    // In this order: MariaDB counts with what was set before in the same statement.
    fence: (id) => change(session, daemons, {}, "id = ? AND state = 'down' AND (fencedEpoch IS NULL OR epoch > fencedEpoch)", [id], ['fencedEpoch = epoch + 1', 'epoch = epoch + 1']),
    unfence: (id, epoch) => change(session, daemons, { fencedEpoch: null }, 'id = ? AND epoch = ?', [id, epoch]),
    setHost: (id, set) => change(session, daemons, set, 'id = ?', [id]),
    setDuty: (id, { enabled, draining }) => change(session, daemons, { enabled, draining }, 'id = ?', [id]),
    setProperties: (id, properties) => change(session, daemons, { properties }, 'id = ?', [id]),
    async heldBy(id) {
      await session.unit?.settle();
      const of = (text: string): Promise<number> => count(session, text, [id]);
      return {
        instances: await of('SELECT COUNT(*) FROM instances WHERE deletedAt IS NULL AND ncId = ?'), claims: await of('SELECT COUNT(*) FROM ledger_claims WHERE ncId = ?'),
        versions: await of("SELECT COUNT(*) FROM image_versions WHERE state = 'available' AND walrusId = ?"), nodes: await of("SELECT COUNT(*) FROM daemons WHERE role = 'nc' AND ccId = ?"),
        jobs: await of("SELECT COUNT(*) FROM saga_jobs WHERE state IN ('running', 'undoing', 'stuck') AND target = ?"),
      };
    },
    removeDaemon: (id) => session.atomic(async (s) => {
      const [room] = await s.sql.lists('SELECT COUNT(*) FROM ledger_nodes WHERE ncId = ?', [id]);
      // Whoever claims there has to find the row: of the two of us only one does.
      if (firstNumber(room) > 0 && (await s.sql.run('DELETE FROM ledger_nodes WHERE ncId = ? AND NOT EXISTS (SELECT 1 FROM ledger_claims c WHERE c.ncId = ledger_nodes.ncId)', [id])) === 0) return false;
      await s.sql.run('DELETE FROM orphans WHERE daemonId = ?', [id]);
      for (const table of ['local_desktops', 'local_reports']) await s.sql.run(`DELETE FROM ${table} WHERE hostId = ?`, [id]);
      // What was its network's may be another cluster's from now on.
      for (const table of ['cluster_access', 'cluster_addresses', 'cluster_networks']) await s.sql.run(`DELETE FROM ${table} WHERE ccId = ?`, [id]);
      s.unit?.forget(daemons.name);
      return (await s.sql.run('DELETE FROM daemons WHERE id = ?', [id])) > 0;
    }),
    async instancesByNode(ncIds) {
      if (ncIds.length === 0) return new Map();
      const rows = await sql.lists(`SELECT ncId, COUNT(*) FROM instances WHERE deletedAt IS NULL AND ncId IN (${marks(ncIds.length)}) GROUP BY ncId`, ncIds);
      return new Map(rows.map(([id, guests]) => [String(id), Number(guests)]));
    },
    setSecretHash: (id, secretHash) => change(session, daemons, { secretHash }, 'id = ?', [id]),
    async insertJoinToken(row) {
      await execute(session, joinTokens.insert({ ...row }));
    },
    useJoinToken: (hash, by) => session.atomic(async (s) => {
      const usable = 'hash = ? AND usedAt IS NULL AND expiresAt > ? AND role = ? AND (name IS NULL OR name = ?)';
      const used = await change(s, joinTokens, { usedAt: by.now, usedBy: by.name }, usable, [hash, by.now, by.role, by.name]);
      return used ? one(s, joinTokens, 'hash = ?', [hash]) : null;
    }),
  };
}
