// What has ended long ago is forgotten: tasks with their plans, jobs and instances; people's instances that were deleted; then images and versions that no task and no other version
// names. Whatever is still in use, held or stood upon stays, however old it is. Called by housekeeping.
import { marks } from '@educloud/database';
import type { HistoryStore } from './interface.ts';
import type { Session } from './session.ts';

/** What failed may still be tried again. That nothing is under way and no instance lives is sure for the others; it is made sure all the same. */
const ENDED_TASKS = `SELECT t.tid AS tid, t.insId AS insId FROM tasks t WHERE t.active = 0 AND t.createdAt < ? AND t.updatedAt < ? AND t.state <> 'failed'
  AND NOT EXISTS (SELECT 1 FROM saga_plans p WHERE p.activeSubject = t.tid) AND NOT EXISTS (SELECT 1 FROM instances i WHERE i.id = t.insId AND i.deletedAt IS NULL)
  ORDER BY t.createdAt, t.tid`;
/** Of a deleted local desktop the row stays for good: a host that was away however long must be told that it has ended. That there is no row says
 *  nothing: in a database restored from a copy those made since are missing, and their disks on hosts must not go for that. */
const ENDED_INSTANCES = "SELECT u.id AS id FROM user_instances u WHERE u.deletedAt < ? AND u.kind <> 'lvd' ORDER BY u.createdAt, u.id";
/** Of subjects that are no task: an image that was deleted, a node that was fenced. */
const ENDED_PLANS = `SELECT p.id AS id FROM saga_plans p WHERE p.activeSubject IS NULL AND p.startedAt < ? AND p.endedAt < ? AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.tid = p.subject) ORDER BY p.startedAt, p.id`;
/** A version that stands on it names it as where it comes from. */
const UNNAMED = `NOT EXISTS (SELECT 1 FROM image_versions c WHERE c.parentImageId = v.imageId AND c.parentVersion = v.version)
  AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.dstImageId = v.imageId AND t.dstVersion = v.version) AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.srcImageId = v.imageId AND t.srcVersion = v.version)`;
const ENDED_VERSIONS = `SELECT v.imageId AS imageId, v.version AS version FROM image_versions v JOIN images m ON m.id = v.imageId
  WHERE m.deletedAt < ? AND v.state IN ('deleted', 'refused') AND ${UNNAMED} ORDER BY v.createdAt, v.imageId, v.version`;
const ENDED_IMAGES = 'SELECT m.id AS id FROM images m WHERE m.deletedAt < ? AND NOT EXISTS (SELECT 1 FROM image_versions v WHERE v.imageId = m.id) ORDER BY m.createdAt, m.id';

export function historyStore(session: Session): HistoryStore {
  const list = async (s: Session, statement: string, params: number[], limit: number): Promise<Array<Record<string, unknown>>> => (await s.unit?.settle(), s.sql.rows(`${statement} LIMIT ${Math.max(1, Math.trunc(limit))}`, params));
  const remove = async (s: Session, from: string, column: string, keys: string[]): Promise<void> => {
    if (keys.length > 0) await s.sql.run(`DELETE FROM ${from} WHERE ${column} IN (${marks(keys.length)})`, keys);
  };
  const removePlans = async (s: Session, ids: string[]): Promise<void> => {
    await remove(s, 'saga_jobs', 'planId', ids);
    await remove(s, 'saga_plans', 'id', ids);
  };
  return {
    forgetTasks: (before, limit) => session.atomic(async (s) => {
      const ended = await list(s, ENDED_TASKS, [before, before], limit);
      const tids = ended.map((row) => String(row['tid']));
      if (tids.length === 0) return 0;
      const plans = await s.sql.rows(`SELECT id FROM saga_plans WHERE subject IN (${marks(tids.length)})`, tids);
      await removePlans(s, plans.map((row) => String(row['id'])));
      await remove(s, 'instances', 'id', ended.map((row) => String(row['insId'])));
      await remove(s, 'tasks', 'tid', tids);
      return tids.length;
    }),
    forgetInstances: (before, limit) => session.atomic(async (s) => {
      const ids = (await list(s, ENDED_INSTANCES, [before], limit)).map((row) => String(row['id']));
      // Their plans go as those of no task.
      await remove(s, 'instance_seeds', 'id', ids);
      await remove(s, 'user_instances', 'id', ids);
      await remove(s, 'instances', 'id', ids);
      return ids.length;
    }),
    forgetBatches: (before, limit) => session.atomic(async (s) => {
      const ids = (await list(s, 'SELECT b.id AS id FROM batches b WHERE b.endedAt < ? ORDER BY b.createdAt, b.id', [before], limit)).map((row) => String(row['id']));
      await remove(s, 'batch_members', 'batchId', ids);
      await remove(s, 'batches', 'id', ids);
      return ids.length;
    }),
    forgetPlans: (before, limit) => session.atomic(async (s) => {
      const ids = (await list(s, ENDED_PLANS, [before, before], limit)).map((row) => String(row['id']));
      await removePlans(s, ids);
      return ids.length;
    }),
    forgetImages: (before, limit) => session.atomic(async (s) => {
      const versions = await list(s, ENDED_VERSIONS, [before], limit);
      for (const row of versions) await s.sql.run('DELETE FROM image_versions WHERE imageId = ? AND version = ?', [String(row['imageId']), Number(row['version'])]);
      await remove(s, 'images', 'id', (await list(s, ENDED_IMAGES, [before], limit)).map((row) => String(row['id'])));
      return versions.length;
    }),
    forgetLocalUses: (before) => session.sql.run('DELETE FROM local_uses WHERE stoppedAt < ?', [before]),
    forgetJoinTokens: (before) => session.sql.run('DELETE FROM join_tokens WHERE expiresAt < ?', [before]),
  };
}
