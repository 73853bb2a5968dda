// Tables of the task engine: plans, jobs, outbox. `activeSubject` is the subject while the plan is active, else null:
// its unique key is what makes a second active plan of a task impossible.
import type { Columns } from '@educloud/database';
import type { JobRow, OutboxRow, PlanRow } from '@educloud/saga';
import { EntitySchema } from 'typeorm';

export const sagaPlans = (c: Columns) => new EntitySchema<PlanRow & { activeSubject: string | null }>({
  name: 'saga_plans',
  columns: {
    id: c.text(80, { primary: true }), subject: c.text(64), seq: c.int(), name: c.text(64), state: c.text(16), generation: c.int(), rev: c.int(),
    input: c.json({ nullable: true }), error: c.json({ nullable: true }), startedAt: c.big(), endedAt: c.big({ nullable: true }), activeSubject: c.text(64, { nullable: true, select: false }),
  },
  indices: [
    { name: 'uq_plans_active', columns: ['activeSubject'], unique: true },
    { name: 'uq_plans_subject_seq', columns: ['subject', 'seq'], unique: true },
    { name: 'ix_plans_state', columns: ['state', 'startedAt'] },
  ],
});

export const sagaJobs = (c: Columns) => new EntitySchema<JobRow>({
  name: 'saga_jobs',
  columns: {
    id: c.text(100, { primary: true }), planId: c.text(80), index: c.int(), name: c.text(64), role: c.text(16), target: c.text(40, { nullable: true }), state: c.text(16),
    attempt: c.int(), undoAttempt: c.int(), rev: c.int(), params: c.json({ nullable: true }), result: c.json({ nullable: true }), error: c.json({ nullable: true }),
    deadlineAt: c.big({ nullable: true }), notBefore: c.big({ nullable: true }), startedAt: c.big({ nullable: true }), endedAt: c.big({ nullable: true }),
  },
  indices: [
    { name: 'uq_jobs_plan_index', columns: ['planId', 'index'], unique: true },
    { name: 'ix_jobs_target', columns: ['target', 'state'] },
  ],
  foreignKeys: [{ name: 'fk_jobs_plan', target: 'saga_plans', columnNames: ['planId'], referencedColumnNames: ['id'], onDelete: 'NO ACTION', onUpdate: 'NO ACTION' }],
});

/** `place` keeps messages of the same millisecond in the order in which they were enqueued. */
export const sagaOutbox = (c: Columns) => new EntitySchema<OutboxRow & { place: number }>({
  name: 'saga_outbox',
  columns: { id: c.text(200, { primary: true }), queue: c.text(100), envelope: c.json(), createdAt: c.big(), place: c.big({ select: false }) },
  indices: [{ name: 'ix_outbox_place', columns: ['place', 'id'] }],
});
