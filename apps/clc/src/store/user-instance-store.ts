// What people defined, in the database. changeUserInstance is the only way to another state, and no event of an instance is written anywhere else.
import { inWords, mayBecome, say, standAt, standOf, statusOf, type InstanceEvent } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { marks, type SqlValue } from '@educloud/database';
import type { UserInstanceRow, UserInstanceStore } from './interface.ts';
import { pageOf } from './page.ts';
import { change, execute, many, one, type Session } from './session.ts';

const eventOf = (row: UserInstanceRow): InstanceEvent => ({
  id: row.id, status: statusOf(row), vmState: row.vmState, taskState: row.taskState, progress: row.progress, message: inWords(row.message, 'en'), said: row.message, errormsg: row.error?.message ?? '', at: row.updatedAt,
});

export function userInstanceStore(session: Session): UserInstanceStore {
  const { tables: { userInstances, instanceSeeds }, now } = session;
  const note = (s: Session, row: UserInstanceRow): void => s.note({ kind: 'instance', subject: row.id, payload: eventOf(row), at: row.updatedAt });
  return {
    insertUserInstance: (row) => session.atomic(async (s) => {
      await execute(s, userInstances.insert({ ...row, status: statusOf(row) }));
      note(s, row);
    }),
    userInstance: (id) => one(session, userInstances, 'id = ?', [id]),
    lockUserInstance: (id) => one(session, userInstances, `id = ?${session.unit ? session.sql.forUpdate : ''}`, [id]),
    userInstancesByIds: async (ids) => (ids.length === 0 ? [] : many(session, userInstances, `WHERE id IN (${marks(ids.length)})`, ids)),
    localDefinitions: () => many(session, userInstances, "WHERE kind = 'lvd' AND deletedAt IS NULL ORDER BY createdAt, id", []),
    userInstances({ owner, name, status, kind, image, node, ...page }) {
      // Deleted ones stay as history, to be seen by their id; no list shows them unless it asks for them.
      const where: string[] = status === undefined ? ["t.status <> 'DELETED'"] : ['t.status = ?'];
      const params: SqlValue[] = status === undefined ? [] : [status];
      for (const [column, value] of [['owner', owner], ['name', name], ['kind', kind], ['imageId', image]] as const) {
        if (value === undefined) continue;
        where.push(`t.${column} = ?`);
        params.push(value);
      }
      if (node !== undefined) { where.push('t.id IN (SELECT i.id FROM instances i WHERE i.ncId = ?)'); params.push(node); }
      return pageOf(session, userInstances, 'id', page, where, params);
    },
    autoStopping: () => many(session, userInstances, "WHERE status IN ('ACTIVE', 'PAUSED') AND autoStop IS NOT NULL", []),
    noteIdle: async (ids, { since, seenAt }) => {
      if (ids.length > 0) await change(session, userInstances, { idleSeenAt: seenAt, ...(since === undefined ? {} : { idleSince: since }) }, `id IN (${marks(ids.length)})`, ids);
    },
    seed: async (id) => (await one(session, instanceSeeds, 'id = ?', [id]))?.seed ?? null,
    setSeed: (id, seed) => session.atomic(async (s) => {
      await s.sql.run('DELETE FROM instance_seeds WHERE id = ?', [id]);
      if (seed) await execute(s, instanceSeeds.insert({ id, seed }));
    }),
    setNetwork: (id, network) => change(session, userInstances, { network }, 'id = ?', [id]),
    tellUserInstances: (ids) => session.atomic(async (s) => {
      if (ids.length > 0) for (const row of await many(s, userInstances, `WHERE id IN (${marks(ids.length)})`, ids)) note(s, row);
    }),
    changeUserInstance: (id, from, { to, ...set }) => session.atomic(async (s) => {
      const before = await one(s, userInstances, `id = ?${s.sql.forUpdate}`, [id]);
      if (!before || !from.includes(standOf(before))) return null;
      const target = to ?? standOf(before);
      if (!mayBecome(standOf(before), target)) throw new CloudError('WRONG_STATE', `an instance cannot go from ${standOf(before)} to ${target}`, { data: { vmState: before.vmState, taskState: before.taskState } });
      const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) as typeof set;
      const after: UserInstanceRow = { ...before, ...given, ...standAt(target), rev: before.rev + 1, updatedAt: now() };
      const changed = { ...given, vmState: after.vmState, taskState: after.taskState, rev: after.rev, updatedAt: after.updatedAt, status: statusOf(after) };
      if (!(await change(s, userInstances, changed, 'id = ? AND rev = ?', [id, before.rev]))) throw new CloudError('CONFLICT', say('instanceChanged', { instance: id }));
      note(s, after);
      return after;
    }),
  };
}
