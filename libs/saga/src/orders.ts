// What a command does with plans inside its own transaction: begin one, close one, take one up again. Only rows change here, so it is the
// same in the process whose engine leads and in one that has none: the engine and the desk both have their orders from here.
import { JOBS } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { messageId, type Advance } from './advance.ts';
import type { PlanByName } from './definitions.ts';
import type { JobRow, PlanRow, Saga, SagaTx } from './interface.ts';

export interface OrdersOptions<Tx extends { saga: SagaTx }> {
  advance: Advance<Tx>;
  plan: PlanByName<Tx>;
  now(): number;
  /** Null: of nobody who leads; a new plan then has 0, which every engine takes. */
  generation: number | null;
  /** A message is taken out of the outbox. */
  changed(id: string): void;
  /** An own job of the plan may have to run once this is committed. */
  waits(planId: string): void;
  /** The plan is closed once this is committed: an own job of it that runs is not wanted any more. */
  ended(planId: string): void;
}

export function createOrders<Tx extends { saga: SagaTx }>({ advance, plan, now, generation, changed, waits, ended }: OrdersOptions<Tx>): Pick<Saga<Tx>, 'start' | 'supersede' | 'resumeStuck'> {
  return {
    async start(tx, order) {
      const definition = plan(order.name);
      const active = await tx.saga.activePlan(order.subject);
      if (active) throw new CloudError('STEP_IN_PROGRESS', `${active.name} of ${order.subject} is ${active.state}`, { data: { plan: active.name, state: active.state } });
      const seq = (await tx.saga.lastSeq(order.subject)) + 1;
      const id = `${order.subject}/${seq}`;
      const row: PlanRow = { id, subject: order.subject, seq, name: order.name, state: 'running', generation: generation ?? 0, rev: 1, input: order.input, error: null, startedAt: now(), endedAt: null };
      const jobs = definition.jobs.map((job, index) => newJob(id, index, job.name));
      await tx.saga.insertPlan(row, jobs);
      if (definition.onStart) await definition.onStart(tx, await definition.load(tx, row), row);
      const after = await advance(tx, id, undefined, { plan: row, jobs });
      if (after.perform) waits(id);
      return after.plan ?? row;
    },
    async supersede(tx, subject) {
      const active = await tx.saga.activePlan(subject);
      if (!active) return null;
      if (active.generation > (generation ?? Infinity)) throw new CloudError('CONFLICT', `plan ${active.id} belongs to a newer engine`);
      const set = { state: 'cancelled', endedAt: now(), generation: generation ?? active.generation } as const;
      if (!(await tx.saga.updatePlan(active.id, active.rev, set))) throw new CloudError('CONFLICT', `plan ${active.id} was changed by somebody else`);
      ended(active.id);
      for (const job of await tx.saga.jobs(active.id)) {
        if (job.target === null) continue;
        const sent = [...(job.attempt > 0 ? [messageId(job, 'do')] : []), ...(job.undoAttempt > 0 ? [messageId(job, 'undo')] : [])];
        for (const id of sent) {
          changed(id);
          await tx.saga.removeFromOutbox(id);
        }
      }
      return { ...active, ...set, rev: active.rev + 1 };
    },
    async resumeStuck(tx, subject) {
      const active = await tx.saga.activePlan(subject);
      if (active?.state === 'stuck' && !(await advance(tx, active.id, { what: 'resume' })).plan) throw new CloudError('CONFLICT', `plan ${active.id} belongs to a newer engine`, { retryable: true });
      if (active) waits(active.id);
    },
  };
}

const newJob = (planId: string, index: number, name: JobRow['name']): JobRow => ({
  id: `${planId}/${index}`, planId, index, name, role: JOBS[name].role, target: null, state: 'pending', attempt: 0, undoAttempt: 0, rev: 1,
  params: null, result: null, error: null, deadlineAt: null, notBefore: null, startedAt: null, endedAt: null,
});
