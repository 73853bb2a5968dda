// Plans, jobs and outbox of the task engine in the database.
import { marks } from '@educloud/database';
import type { PlanState, SagaTx } from '@educloud/saga';
import { change, count, execute, many, one, type Session } from './session.ts';

const isActive = (state: PlanState): boolean => state === 'running' || state === 'unwinding' || state === 'stuck';

const REMOVED_AT_ONCE = 50;

let lastPlace = 0;
/** Rises with every message of this process, also within one millisecond. */
const nextPlace = (now: number): number => (lastPlace = Math.max(lastPlace + 1, now * 1000));

export function sagaStore(session: Session): SagaTx {
  const { sql, tables: { plans, jobs, outbox }, now } = session;
  const planIds = async (rest: string, params: Array<string | number> = []): Promise<string[]> =>
    (await sql.rows(`SELECT p.id AS id FROM saga_plans p ${rest}`, params)).map((raw) => String(raw['id']));
  return {
    plan: (id) => one(session, plans, 'id = ?', [id]),
    activePlan: (subject) => one(session, plans, 'activeSubject = ?', [subject]),
    activeSubjects: async (subjects) =>
      subjects.length === 0 ? [] : (await sql.rows(`SELECT activeSubject AS subject FROM saga_plans WHERE activeSubject IN (${marks(subjects.length)})`, [...subjects])).map((raw) => String(raw['subject'])),
    lastSeq: (subject) => count(session, 'SELECT MAX(seq) FROM saga_plans WHERE subject = ?', [subject]),
    plansOf: (subject) => many(session, plans, 'WHERE subject = ? ORDER BY seq', [subject]),
    insertPlan: (plan, rows) => session.atomic(async (s) => {
      await execute(s, plans.insert({ ...plan, activeSubject: isActive(plan.state) ? plan.subject : null }));
      if (rows.length > 0) await execute(s, jobs.insert(...rows.map((row) => ({ ...row }))));
    }),
    updatePlan(id, expectRev, set) {
      const also = ['rev = rev + 1'];
      if (set.state !== undefined) also.push(`activeSubject = ${isActive(set.state) ? 'subject' : 'NULL'}`);
      return change(session, plans, set, 'id = ? AND rev = ?', [id, expectRev], also);
    },
    jobs: (planId) => many(session, jobs, 'WHERE planId = ? ORDER BY `index`', [planId]),
    job: (id) => one(session, jobs, 'id = ?', [id]),
    updateJob: (id, expectRev, set) => change(session, jobs, set, 'id = ? AND rev = ?', [id, expectRev], ['rev = rev + 1']),
    duePlans: (at, limit) => planIds(
      "WHERE p.state IN ('running', 'unwinding') AND EXISTS (SELECT 1 FROM saga_jobs j WHERE j.planId = p.id AND (j.deadlineAt <= ? OR j.notBefore <= ?))"
      + ` ORDER BY p.startedAt, p.id LIMIT ${Math.max(1, Math.trunc(limit))}`, [at, at]),
    activePlans: () => planIds("WHERE p.state IN ('running', 'unwinding') ORDER BY p.startedAt, p.id"),
    async counts() {
      const [raw] = await sql.rows(
        "SELECT (SELECT COUNT(*) FROM saga_plans WHERE state IN ('running', 'unwinding')) AS active, (SELECT COUNT(*) FROM saga_plans WHERE state = 'stuck') AS stuck,"
        + ' (SELECT COUNT(*) FROM saga_outbox) AS waiting, (SELECT MIN(createdAt) FROM saga_outbox) AS oldestAt', []);
      const oldestAt = raw?.['oldestAt'];
      return { active: Number(raw?.['active'] ?? 0), stuck: Number(raw?.['stuck'] ?? 0), outbox: Number(raw?.['waiting'] ?? 0), oldestAt: oldestAt === null || oldestAt === undefined ? null : Number(oldestAt) };
    },
    plansWithOwnJobs: () => planIds("WHERE p.state = 'running' AND p.id IN (SELECT j.planId FROM saga_jobs j WHERE j.target IS NULL AND j.state = 'running') ORDER BY p.startedAt, p.id", []),
    plansAtDaemon: (daemonId) => planIds(
      "WHERE p.id IN (SELECT j.planId FROM saga_jobs j WHERE j.target = ? AND j.state IN ('running', 'undoing', 'stuck')) ORDER BY p.startedAt, p.id", [daemonId]),
    unanswered: () => many(session, jobs, "WHERE state IN ('running', 'undoing') AND target IS NOT NULL AND deadlineAt IS NOT NULL AND planId IN (SELECT p.id FROM saga_plans p WHERE p.state IN ('running', 'unwinding'))", []),
    async enqueue(row) {
      await execute(session, outbox.upsert(sql.kind, { ...row, place: nextPlace(now()) }, 'id', ['queue', 'envelope', 'createdAt']));
    },
    outbox: (limit) => many(session, outbox, `ORDER BY place, id LIMIT ${Math.max(1, Math.trunc(limit))}`, []),
    async removeFromOutbox(id) {
      await sql.run('DELETE FROM saga_outbox WHERE id = ?', [id]);
    },
    async removeSent(sent) {
      for (let i = 0; i < sent.length; i += REMOVED_AT_ONCE) {
        const some = sent.slice(i, i + REMOVED_AT_ONCE);
        await sql.run(`DELETE FROM saga_outbox WHERE ${some.map(() => '(id = ? AND createdAt = ?)').join(' OR ')}`, some.flatMap((row) => [row.id, row.createdAt]));
      }
    },
  };
}
