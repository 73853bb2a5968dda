// What was asked for many instances at once, in the database. No event of a batch is written anywhere else.
import { marks, type SqlValue } from '@educloud/database';
import type { BatchEvent, MemberCounts, MemberState } from '@educloud/contracts';
import type { PlanState } from '@educloud/saga';
import type { BatchRow, BatchStore } from './interface.ts';
import { pageOf } from './page.ts';
import { change, execute, many, one, type Session } from './session.ts';

/** Rows in one statement. */
const INSERTED_AT_ONCE = 100;

const eventOf = ({ id, action, state, progress, total, counts, updatedAt }: BatchRow): BatchEvent => ({ id, action, state, progress, total, counts, at: updatedAt });

export function batchStore(session: Session): BatchStore {
  const { sql, tables: { batches, batchMembers, plans }, now } = session;
  const note = (s: Session, row: BatchRow): void => s.note({ kind: 'batch', subject: row.id, payload: eventOf(row), at: row.updatedAt });
  return {
    insertBatch: (row, members) => session.atomic(async (s) => {
      await execute(s, batches.insert({ ...row }));
      for (let i = 0; i < members.length; i += INSERTED_AT_ONCE) await execute(s, batchMembers.insert(...members.slice(i, i + INSERTED_AT_ONCE).map((member) => ({ ...member }))));
      note(s, row);
    }),
    batch: (id) => one(session, batches, 'id = ?', [id]),
    lockBatch: (id) => one(session, batches, `id = ?${session.unit ? sql.forUpdate : ''}`, [id]),
    batches({ owner, state, ...page }) {
      const given = Object.entries({ owner, state }).filter((entry): entry is [string, string] => entry[1] !== undefined);
      return pageOf(session, batches, 'id', page, given.map(([column]) => `t.${column} = ?`), given.map(([, value]) => value));
    },
    runningBatches: async () => (await sql.lists("SELECT id FROM batches WHERE state = 'running' ORDER BY createdAt, id")).map(([id]) => String(id)),
    members: (batchId, only) =>
      many(session, batchMembers, `WHERE batchId = ?${only ? ' AND state = ?' : ''} ORDER BY position${only?.limit === undefined ? '' : ` LIMIT ${Math.max(1, Math.trunc(only.limit))}`}`, only ? [batchId, only.state] : [batchId]),
    async begunMembers(batchId) {
      await session.unit?.settle();
      const raw = await sql.lists(
        `SELECT m.position, u.progress, ${plans.columns('p')} FROM batch_members m LEFT JOIN saga_plans p ON p.id = m.planId LEFT JOIN user_instances u ON u.id = m.insId WHERE m.batchId = ? AND m.state = 'running' ORDER BY m.position`, [batchId]);
      return raw.map((row) => {
        const plan = row[2] === null || row[2] === undefined ? null : plans.read(row, 2);
        return { position: Number(row[0]), percent: Number(row[1] ?? 0), planState: (plan?.state ?? null) as PlanState | null, planError: plan?.error ?? null };
      });
    },
    async setMembers(batchId, positions, from, set) {
      if (positions.length === 0) return;
      await change(session, batchMembers, set, `batchId = ? AND state = ? AND position IN (${marks(positions.length)})`, [batchId, from, ...positions] satisfies SqlValue[]);
    },
    async countMembers(batchId) {
      const counts: MemberCounts = { accepted: 0, running: 0, done: 0, failed: 0, refused: 0 };
      for (const [state, count] of await sql.lists('SELECT state, COUNT(*) FROM batch_members WHERE batchId = ? GROUP BY state', [batchId])) counts[state as MemberState] = Number(count);
      return counts;
    },
    changeBatch: (id, rev, set) => session.atomic(async (s) => {
      const before = await one(s, batches, `id = ?${s.sql.forUpdate}`, [id]);
      if (!before || before.rev !== rev) return null;
      const after: BatchRow = { ...before, ...set, progress: Math.max(before.progress, set.progress ?? 0), rev: rev + 1, updatedAt: now() };
      if (!(await change(s, batches, { ...set, progress: after.progress, rev: after.rev, updatedAt: after.updatedAt }, 'id = ? AND rev = ?', [id, rev]))) return null;
      note(s, after);
      return after;
    }),
  };
}
