// Instances in the database.
import { marks } from '@educloud/database';
import type { InstanceStore } from './interface.ts';
import { change, execute, many, one, type Session } from './session.ts';

export function instanceStore(session: Session): InstanceStore {
  const { instances } = session.tables;
  return {
    instance: (id) => one(session, instances, 'id = ?', [id]),
    instancesByIds: async (ids) => (ids.length === 0 ? [] : many(session, instances, `WHERE id IN (${marks(ids.length)})`, ids)),
    async insertInstance(row) {
      await execute(session, instances.insert({ ...row }));
    },
    updateInstance: (id, set) => change(session, instances, set, 'id = ?', [id]),
    applyStatus: (id, { epoch, seq }, vmstatus) =>
      change(session, instances, { vmstatus, statusEpoch: epoch, statusSeq: seq }, 'id = ? AND (statusEpoch < ? OR (statusEpoch = ? AND statusSeq < ?))', [id, epoch, epoch, seq]),
    async confirmStatus(ids, { epoch, seq }, vmstatus) {
      if (ids.length === 0) return;
      await change(session, instances, { statusEpoch: epoch, statusSeq: seq }, `id IN (${marks(ids.length)}) AND vmstatus = ? AND (statusEpoch < ? OR (statusEpoch = ? AND statusSeq < ?))`, [...ids, vmstatus, epoch, epoch, seq]);
    },
    instancesAt: (ncId) => many(session, instances, 'WHERE ncId = ? AND deletedAt IS NULL ORDER BY id', [ncId]),
  };
}
