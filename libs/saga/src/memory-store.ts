// Saga rows in memory with real transactions (all or nothing, one at a time), for specs. `state` is the rest of the "database".
import { MAX_BACKOFF_MS } from './decide.ts';
import type { JobRow, OutboxRow, PlanRow, SagaStore, SagaTx } from './interface.ts';

export interface MemoryTx<S> {
  saga: SagaTx;
  /** Anything the plan's own jobs and hooks keep; rolled back with the rows. Change it in place. */
  state: S;
}

interface Rows<S> {
  plans: Map<string, PlanRow>;
  jobs: Map<string, JobRow>;
  /** Insertion order is age. */
  outbox: Map<string, OutboxRow>;
  state: S;
}

export interface MemorySagaStore<S> extends SagaStore<MemoryTx<S>> {
  /** A copy of what is committed. */
  rows(): { plans: PlanRow[]; jobs: JobRow[]; outbox: OutboxRow[]; state: S };
}

const copy = <T>(value: T): T => structuredClone(value);
const active = (plan: PlanRow): boolean => plan.state === 'running' || plan.state === 'unwinding';

function sagaTx<S>(rows: Rows<S>): SagaTx {
  const jobsOf = (planId: string): JobRow[] => [...rows.jobs.values()].filter((j) => j.planId === planId).sort((a, b) => a.index - b.index);
  const plans = (keep: (plan: PlanRow) => boolean): PlanRow[] => [...rows.plans.values()].filter(keep);
  const update = <R extends { rev: number }>(table: Map<string, R>, id: string, expectRev: number, set: Partial<Omit<R, 'id' | 'rev'>>): boolean => {
    const row = table.get(id);
    if (!row || row.rev !== expectRev) return false;
    table.set(id, copy({ ...row, ...set, rev: expectRev + 1 }));
    return true;
  };
  return {
    plan: async (id) => copy(rows.plans.get(id) ?? null),
    activePlan: async (subject) => copy(plans((p) => p.subject === subject && (active(p) || p.state === 'stuck'))[0] ?? null),
    activeSubjects: async (subjects) => plans((p) => subjects.includes(p.subject) && (active(p) || p.state === 'stuck')).map((p) => p.subject),
    lastSeq: async (subject) => Math.max(0, ...plans((p) => p.subject === subject).map((p) => p.seq)),
    plansOf: async (subject) => copy(plans((p) => p.subject === subject)),
    insertPlan: async (plan, jobs) => {
      if (rows.plans.has(plan.id)) throw new Error(`plan ${plan.id} exists`);
      rows.plans.set(plan.id, copy(plan));
      for (const job of jobs) rows.jobs.set(job.id, copy(job));
    },
    updatePlan: async (id, expectRev, set) => update(rows.plans, id, expectRev, set),
    jobs: async (planId) => copy(jobsOf(planId)),
    job: async (id) => copy(rows.jobs.get(id) ?? null),
    updateJob: async (id, expectRev, set) => update(rows.jobs, id, expectRev, set),
    duePlans: async (now, limit) => {
      const due = (at: number | null): boolean => at !== null && at <= now;
      return plans((p) => active(p) && jobsOf(p.id).some((j) => due(j.deadlineAt) || due(j.notBefore) || (j.notBefore ?? 0) > now + MAX_BACKOFF_MS)).slice(0, limit).map((p) => p.id);
    },
    activePlans: async () => plans(active).map((p) => p.id),
    counts: async () => ({
      active: plans(active).length, stuck: plans((p) => p.state === 'stuck').length,
      outbox: rows.outbox.size, oldestAt: rows.outbox.size === 0 ? null : Math.min(...[...rows.outbox.values()].map((row) => row.createdAt)),
    }),
    plansWithOwnJobs: async () => plans((p) => p.state === 'running' && jobsOf(p.id).some((j) => j.state === 'running' && j.target === null)).map((p) => p.id),
    plansAtDaemon: async (daemonId) =>
      plans((p) => jobsOf(p.id).some((j) => j.target === daemonId && ['running', 'undoing', 'stuck'].includes(j.state))).map((p) => p.id),
    unanswered: async () =>
      copy([...rows.jobs.values()].filter((j) => (j.state === 'running' || j.state === 'undoing') && j.target !== null && j.deadlineAt !== null && plans((p) => p.id === j.planId && active(p)).length > 0)),
    stuckJobs: async () => copy([...rows.jobs.values()].filter((j) => j.state === 'stuck' && rows.plans.get(j.planId)?.state === 'stuck')),
    enqueue: async (row) => void rows.outbox.set(row.id, copy(row)),
    outbox: async (limit) => copy([...rows.outbox.values()].slice(0, limit)),
    removeFromOutbox: async (id) => void rows.outbox.delete(id),
    removeSent: async (sent) => {
      for (const { id, createdAt } of sent) if (rows.outbox.get(id)?.createdAt === createdAt) rows.outbox.delete(id);
    },
  };
}

/** @param state what the plan's own jobs keep, at the beginning */
export function createMemorySagaStore(): MemorySagaStore<Record<string, unknown>>;
export function createMemorySagaStore<S>(state: S): MemorySagaStore<S>;
export function createMemorySagaStore<S>(state?: S): MemorySagaStore<S> {
  let committed: Rows<S> = { plans: new Map(), jobs: new Map(), outbox: new Map(), state: copy(state ?? ({} as S)) };
  let last: Promise<unknown> = Promise.resolve();
  return {
    transaction(work) {
      const run = last.then(async () => {
        const rows: Rows<S> = { plans: new Map(committed.plans), jobs: new Map(committed.jobs), outbox: new Map(committed.outbox), state: copy(committed.state) };
        const answer = await work({ saga: sagaTx(rows), state: rows.state });
        committed = rows;
        return answer;
      });
      last = run.catch(() => undefined);
      return run;
    },
    rows: () => copy({ plans: [...committed.plans.values()], jobs: [...committed.jobs.values()], outbox: [...committed.outbox.values()], state: committed.state }),
  };
}
