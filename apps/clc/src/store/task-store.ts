// Tasks in the database. changeTask is the only way to another phase or state, and no event of a task is written anywhere else.
import { isFinal, mayFollow, type Phase, type PhaseState, type TaskEvent, type TaskState, inWords } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { marks, type SqlValue } from '@educloud/database';
import type { TaskRow, TaskStore } from './interface.ts';
import { pageOf } from './page.ts';
import { execute, many, one, type Session } from './session.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const at = (row: Pick<TaskRow, 'phase' | 'state'>): PhaseState => `${row.phase}/${row.state}`;

const eventOf = (row: TaskRow): TaskEvent => ({
  tid: row.tid, phase: row.phase, state: row.state, progress: row.progress, vmstatus: row.vmstatus, message: inWords(row.message, 'en'), said: row.message, errormsg: row.error?.message ?? '', at: row.updatedAt,
});

export function taskStore(session: Session): TaskStore {
  const { sql, unit, tables: { tasks }, now } = session;
  async function lockTask(tid: string): Promise<TaskRow | null> {
    const there = unit?.held<TaskRow>(tasks.name, tid) ?? null;
    if (there) return there;
    const row = await one(session, tasks, `tid = ?${unit ? sql.forUpdate : ''}`, [tid]);
    return row && unit ? unit.hold(tasks.name, tid, row) : row;
  }
  const listed = async (rest: string, params: SqlValue[]): Promise<TaskRow[]> => {
    await unit?.settle();
    return many(session, tasks, rest, params);
  };
  return {
    insertTask: (row) => session.atomic(async (s) => {
      await execute(s, tasks.insert({ ...row, active: !isFinal(row.state) }));
      s.unit?.hold(tasks.name, row.tid, row);
      s.note({ kind: 'task', subject: row.tid, payload: eventOf(row), at: row.updatedAt });
    }),
    // Where nobody else writes meanwhile, reading is holding.
    task: async (tid) => (sql.forUpdate === '' && unit ? lockTask(tid) : (unit?.held<TaskRow>(tasks.name, tid) ?? one(session, tasks, 'tid = ?', [tid]))),
    lockTask,
    tasksOf: async (tids) => (tids.length === 0 ? [] : listed(`WHERE tid IN (${marks(tids.length)})`, tids)),
    async tasks({ owner, active, ...page }) {
      await unit?.settle();
      // Deleted tasks stay as history, to be seen by their id; no list shows them.
      const where: string[] = ["t.state <> 'deleted'"];
      const params: SqlValue[] = [];
      if (active !== undefined) { where.push('t.active = ?'); params.push(active ? 1 : 0); }
      if (owner !== undefined) { where.push('t.owner = ?'); params.push(owner); }
      return pageOf(session, tasks, 'tid', page, where, params);
    },
    changeTask: (tid, from, { to, ...set }) => session.atomic(async (s) => {
      const before = s === session ? await lockTask(tid) : await taskStore(s).lockTask(tid);
      if (!before || !from.includes(at(before))) return null;
      const target = to ?? at(before);
      if (!mayFollow(at(before), target)) throw new CloudError('WRONG_PHASE', `a task cannot go from ${at(before)} to ${target}`, { data: { phase: before.phase, state: before.state } });
      const [phase, state] = target.split('/') as [Phase, TaskState];
      const wanted = set.progress ?? (phase === before.phase ? before.progress : 0);
      const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) as typeof set;
      const after: TaskRow = {
        ...before, ...given, phase, state, progress: phase === before.phase ? Math.max(before.progress, wanted) : wanted, rev: before.rev + 1, updatedAt: set.updatedAt ?? now(),
      };
      const changed = { ...given, phase, state, progress: after.progress, rev: after.rev, updatedAt: after.updatedAt, active: !isFinal(state) };
      (s.unit as UnitOfWork).change(tasks, 'tid', tid, after, changed);
      s.note({ kind: 'task', subject: tid, payload: eventOf(after), at: after.updatedAt, minor: at(before) === at(after) });
      return after;
    }),
    async counts() {
      await unit?.settle();
      const [raw] = await sql.rows("SELECT COUNT(*) AS active, COALESCE(SUM(state = 'stuck'), 0) AS stuck FROM tasks WHERE active = 1");
      return { active: Number(raw?.['active'] ?? 0), stuck: Number(raw?.['stuck'] ?? 0) };
    },
  };
}
