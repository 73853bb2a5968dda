// What people defined, in the database. changeUserInstance is the only way to another state, and no event of an instance is written anywhere else.
import { inWords, mayBecome, standAt, standOf, statusOf, type InstanceEvent } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { marks, type SqlValue } from '@educloud/database';
import type { UserInstanceRow, UserInstanceStore } from './interface.ts';
import { pageOf } from './page.ts';
import { change, execute, known, many, one, type Event, type Session } from './session.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const eventOf = (row: UserInstanceRow): InstanceEvent => ({
  id: row.id, status: statusOf(row), vmState: row.vmState, taskState: row.taskState, progress: row.progress, message: inWords(row.message, 'en'), said: row.message, errormsg: row.error?.message ?? '', at: row.updatedAt,
});

export function userInstanceStore(session: Session): UserInstanceStore {
  const { sql, unit, tables: { userInstances, instanceSeeds }, now } = session;
  const told = (row: UserInstanceRow): Event => ({ kind: 'instance', subject: row.id, payload: eventOf(row), at: row.updatedAt });
  const note = (s: Session, row: UserInstanceRow): void => s.note(told(row));
  async function lockUserInstance(id: string): Promise<UserInstanceRow | null> {
    const there = unit?.held<UserInstanceRow>(userInstances.name, id) ?? null;
    if (there) return there;
    const row = await one(session, userInstances, `id = ?${unit ? sql.forUpdate : ''}`, [id]);
    return row && unit ? unit.hold(userInstances.name, id, row) : row;
  }
  const listed = async (rest: string, params: SqlValue[]): Promise<UserInstanceRow[]> => {
    await unit?.settle();
    return many(session, userInstances, rest, params);
  };
  return {
    insertUserInstance: (row) => session.atomic(async (s) => {
      await execute(s, userInstances.insert({ ...row, status: statusOf(row) }));
      s.unit?.hold(userInstances.name, row.id, row);
      note(s, row);
    }),
    // Where nobody else writes meanwhile, reading is holding.
    userInstance: async (id) => (sql.forUpdate === '' && unit ? lockUserInstance(id) : (unit?.held<UserInstanceRow>(userInstances.name, id) ?? one(session, userInstances, 'id = ?', [id]))),
    lockUserInstance,
    userInstancesByIds: async (ids) => (ids.length === 0 ? [] : listed(`WHERE id IN (${marks(ids.length)})`, ids)),
    localDefinitions: () => listed("WHERE kind = 'lvd' AND deletedAt IS NULL ORDER BY createdAt, id", []),
    async userInstances({ owner, name, status, kind, image, node, ...page }) {
      await unit?.settle();
      // Deleted ones stay as history, to be seen by their id; no list shows them unless it asks for them.
      const where: string[] = status === undefined ? ["t.status <> 'DELETED'"] : ['t.status = ?'];
      const params: SqlValue[] = status === undefined ? [] : [status];
      for (const [column, value] of [['owner', owner], ['name', name], ['kind', kind], ['imageId', image]] as const) {
        if (value === undefined) continue;
        where.push(`t.${column} = ?`);
        params.push(value);
      }
      if (node === undefined) return pageOf(session, userInstances, 'id', page, where, params);
      // The two rows of an instance are made at one time.
      return pageOf(session, userInstances, 'id', page, [...where, "i.ncId = ? AND i.purpose = 'run'"], [...params, node], { table: 'instances', alias: 'i' });
    },
    autoStopping: () => listed("WHERE status IN ('ACTIVE', 'PAUSED') AND autoStop IS NOT NULL", []),
    async noteIdle(ids, { since, seenAt }) {
      if (ids.length === 0) return;
      const set = { idleSeenAt: seenAt, ...(since === undefined ? {} : { idleSince: since }) };
      await change(session, userInstances, set, `id IN (${marks(ids.length)})`, ids);
      for (const id of ids) {
        const held = unit?.held<UserInstanceRow>(userInstances.name, id);
        if (held) unit?.hold(userInstances.name, id, { ...held, ...set });
      }
    },
    // That there is none is known as well.
    seed: async (id) => (await known(session, instanceSeeds, id, async () => (await one(session, instanceSeeds, 'id = ?', [id])) ?? { id, seed: null }))?.seed ?? null,
    setSeed: (id, seed) => session.atomic(async (s) => {
      s.unit?.forget(instanceSeeds.name);
      await s.sql.run('DELETE FROM instance_seeds WHERE id = ?', [id]);
      if (seed) await execute(s, instanceSeeds.insert({ id, seed }));
    }),
    async setNetwork(id, network) {
      const held = unit?.held<UserInstanceRow>(userInstances.name, id);
      if (!unit || !held) return change(session, userInstances, { network }, 'id = ?', [id]);
      unit.change(userInstances, 'id', id, { ...held, network }, { network });
      return true;
    },
    tellUserInstances: (ids) => session.atomic(async (s) => {
      await s.unit?.settle();
      if (ids.length > 0) for (const row of await many(s, userInstances, `WHERE id IN (${marks(ids.length)})`, ids)) note(s, row);
    }),
    changeUserInstance: (id, from, { to, ...set }) => session.atomic(async (s) => {
      const before = s === session ? await lockUserInstance(id) : await userInstanceStore(s).lockUserInstance(id);
      if (!before || !from.includes(standOf(before))) return null;
      const target = to ?? standOf(before);
      if (!mayBecome(standOf(before), target)) throw new CloudError('WRONG_STATE', `an instance cannot go from ${standOf(before)} to ${target}`, { data: { vmState: before.vmState, taskState: before.taskState } });
      const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) as typeof set;
      const after: UserInstanceRow = { ...before, ...given, ...standAt(target), rev: before.rev + 1, updatedAt: now() };
      const changed = { ...given, vmState: after.vmState, taskState: after.taskState, rev: after.rev, updatedAt: after.updatedAt, status: statusOf(after) };
      (s.unit as UnitOfWork).change(userInstances, 'id', id, after, changed);
      s.note({ ...told(after), minor: standOf(before) === target });
      return after;
    }),
  };
}
