// Plans, jobs and outbox of the task engine in the database.
import { marks } from '@educloud/database';
import { MAX_BACKOFF_MS, type JobRow, type PlanRow, type PlanState, type SagaTx } from '@educloud/saga';
import { change, count, execute, many, one, type Session } from './session.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const isActive = (state: PlanState): boolean => state === 'running' || state === 'unwinding' || state === 'stuck';

const REMOVED_AT_ONCE = 50;

let lastPlace = 0;
/** Rises with every message of this process, also within one millisecond. */
const nextPlace = (now: number): number => (lastPlace = Math.max(lastPlace + 1, now * 1000));

export function sagaStore(session: Session): SagaTx {
  const { sql, unit, tables: { plans, jobs, outbox }, now } = session;
  const planIds = async (rest: string, params: Array<string | number> = []): Promise<string[]> => {
    await unit?.settle();
    return (await sql.lists(`SELECT p.id FROM saga_plans p ${rest}`, params)).map(([id]) => String(id));
  };
  const plan = async (id: string): Promise<PlanRow | null> => {
    const there = unit?.held<PlanRow>(plans.name, id) ?? null;
    if (there) return there;
    if (unit && sql.kind === 'mariadb') return planWithJobs(unit, id);
    const row = await one(session, plans, `id = ?${unit ? sql.forUpdate : ''}`, [id]);
    return row && unit ? unit.hold(plans.name, id, row) : row;
  };
  /** Of a plan that is held: whoever changes a job goes through its plan. */
  const jobsOfHeld = unit ? new Map<string, string[]>() : null;
  const holdJobs = (of: UnitOfWork, planId: string, rows: JobRow[]): void => {
    for (const row of rows) of.hold(jobs.name, row.id, row);
    jobsOfHeld?.set(planId, rows.map((row) => row.id));
  };
  /** Whoever locks a plan decides by its jobs: one round trip for both. */
  async function planWithJobs(of: UnitOfWork, id: string): Promise<PlanRow | null> {
    const raw = await sql.lists(`SELECT ${plans.columns('p')}, ${jobs.columns('j')} FROM saga_plans p LEFT JOIN saga_jobs j ON j.planId = p.id WHERE p.id = ?${sql.forUpdate}`, [id]);
    const [first] = raw;
    if (!first) return null;
    holdJobs(of, id, raw.filter((row) => row[plans.width] !== null).map((row) => jobs.read(row, plans.width)).sort((a, b) => a.index - b.index));
    return of.hold(plans.name, id, plans.read(first));
  }
  return {
    plan,
    async activePlan(subject) {
      await unit?.settle();
      return one(session, plans, 'activeSubject = ?', [subject]);
    },
    activeSubjects: async (subjects) =>
      subjects.length === 0 ? [] : (await unit?.settle(), await sql.lists(`SELECT activeSubject FROM saga_plans WHERE activeSubject IN (${marks(subjects.length)})`, [...subjects])).map(([subject]) => String(subject)),
    lastSeq: (subject) => count(session, 'SELECT MAX(seq) FROM saga_plans WHERE subject = ?', [subject]),
    async plansOf(subject) {
      await unit?.settle();
      return many(session, plans, 'WHERE subject = ? ORDER BY seq', [subject]);
    },
    insertPlan: (plan, rows) => session.atomic(async (s) => {
      // An earlier one may have ended in this very transaction.
      await s.unit?.settle();
      // At once: it is what keeps a second one out. Its jobs are written when it is known how far they come in this transaction.
      await execute(s, plans.insert({ ...plan, activeSubject: isActive(plan.state) ? plan.subject : null }));
      s.unit?.hold(plans.name, plan.id, plan);
      for (const row of rows) s.unit?.insert(jobs, 'id', row.id, row);
      jobsOfHeld?.set(plan.id, rows.map((row) => row.id));
    }),
    async updatePlan(id, expectRev, set) {
      const held = unit?.held<PlanRow>(plans.name, id);
      if (unit && held) {
        if (held.rev !== expectRev) return false;
        unit.change(plans, 'id', id, { ...held, ...set, rev: held.rev + 1 }, { ...set, ...(set.state === undefined ? {} : { activeSubject: isActive(set.state) ? held.subject : null }) });
        return true;
      }
      const also = ['rev = rev + 1'];
      if (set.state !== undefined) also.push(`activeSubject = ${isActive(set.state) ? 'subject' : 'NULL'}`);
      return change(session, plans, set, 'id = ? AND rev = ?', [id, expectRev], also);
    },
    async jobs(planId) {
      const there = jobsOfHeld?.get(planId)?.map((id) => unit?.held<JobRow>(jobs.name, id));
      if (there) return there as JobRow[];
      const rows = await many(session, jobs, 'WHERE planId = ? ORDER BY `index`', [planId]);
      if (unit?.held(plans.name, planId)) holdJobs(unit, planId, rows);
      return rows;
    },
    job: async (id) => unit?.held<JobRow>(jobs.name, id) ?? one(session, jobs, 'id = ?', [id]),
    async updateJob(id, expectRev, set) {
      const held = unit?.held<JobRow>(jobs.name, id);
      if (!unit || !held) return change(session, jobs, set, 'id = ? AND rev = ?', [id, expectRev], ['rev = rev + 1']);
      if (held.rev !== expectRev) return false;
      unit.change(jobs, 'id', id, { ...held, ...set, rev: held.rev + 1 }, set);
      return true;
    },
    duePlans: (at, limit) => planIds(
      "WHERE p.state IN ('running', 'unwinding') AND EXISTS (SELECT 1 FROM saga_jobs j WHERE j.planId = p.id AND (j.deadlineAt <= ? OR j.notBefore <= ? OR j.notBefore > ?))"
      + ` ORDER BY p.startedAt, p.id LIMIT ${Math.max(1, Math.trunc(limit))}`, [at, at, at + MAX_BACKOFF_MS]),
    activePlans: () => planIds("WHERE p.state IN ('running', 'unwinding') ORDER BY p.startedAt, p.id"),
    async counts() {
      await unit?.settle();
      const [raw] = await sql.rows(
        "SELECT (SELECT COUNT(*) FROM saga_plans WHERE state IN ('running', 'unwinding')) AS active, (SELECT COUNT(*) FROM saga_plans WHERE state = 'stuck') AS stuck,"
        + ' (SELECT COUNT(*) FROM saga_outbox) AS waiting, (SELECT MIN(createdAt) FROM saga_outbox) AS oldestAt', []);
      const oldestAt = raw?.['oldestAt'];
      return { active: Number(raw?.['active'] ?? 0), stuck: Number(raw?.['stuck'] ?? 0), outbox: Number(raw?.['waiting'] ?? 0), oldestAt: oldestAt === null || oldestAt === undefined ? null : Number(oldestAt) };
    },
    plansWithOwnJobs: () => planIds("WHERE p.state = 'running' AND p.id IN (SELECT j.planId FROM saga_jobs j WHERE j.target IS NULL AND j.state = 'running') ORDER BY p.startedAt, p.id", []),
    plansAtDaemon: (daemonId) => planIds(
      "WHERE p.id IN (SELECT j.planId FROM saga_jobs j WHERE j.target = ? AND j.state IN ('running', 'undoing', 'stuck')) ORDER BY p.startedAt, p.id", [daemonId]),
    unanswered: async () => (await unit?.settle(), many(session, jobs, "WHERE state IN ('running', 'undoing') AND target IS NOT NULL AND deadlineAt IS NOT NULL AND planId IN (SELECT p.id FROM saga_plans p WHERE p.state IN ('running', 'unwinding'))", [])),
    stuckJobs: async () => (await unit?.settle(), many(session, jobs, "WHERE state = 'stuck' AND planId IN (SELECT p.id FROM saga_plans p WHERE p.state = 'stuck')", [])),
    async enqueue(row) {
      const write = outbox.upsert(sql.kind, { ...row, place: nextPlace(now()) }, 'id', ['queue', 'envelope', 'createdAt']);
      if (unit) unit.later(write);
      else await execute(session, write);
    },
    outbox: async (limit) => (await unit?.settle(), many(session, outbox, `ORDER BY place, id LIMIT ${Math.max(1, Math.trunc(limit))}`, [])),
    async removeFromOutbox(id) {
      const write = { text: 'DELETE FROM saga_outbox WHERE id = ?', params: [id] };
      if (unit) unit.later(write);
      else await execute(session, write);
    },
    async removeSent(sent) {
      for (let i = 0; i < sent.length; i += REMOVED_AT_ONCE) {
        const some = sent.slice(i, i + REMOVED_AT_ONCE);
        const write = { text: `DELETE FROM saga_outbox WHERE ${some.map(() => '(id = ? AND createdAt = ?)').join(' OR ')}`, params: some.flatMap((row) => [row.id, row.createdAt]) };
        if (unit) unit.later(write);
        else await execute(session, write);
      }
    },
  };
}
