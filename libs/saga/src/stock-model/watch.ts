// What may never happen in the model, whoever writes: every change of a plan or job is held against what the daemons said and what came before.
// Said here once more, independently of the engine's own rules.
import type { TaskStatus } from '@educloud/contracts';
import type { JobRow, PlanRow, PlanState, SagaTx } from '../interface.ts';
import type { JobPick, PlanPick } from './picks.ts';
import type { World } from './world.ts';

export const ENDED: readonly PlanState[] = ['done', 'failed', 'cancelled'];
const NEXT: Record<PlanState, readonly PlanState[]> = {
  running: ['running', 'unwinding', 'done', 'stuck', 'cancelled'], unwinding: ['unwinding', 'failed', 'stuck', 'cancelled'], stuck: ['stuck', 'running', 'unwinding', 'cancelled'],
  done: [], failed: [], cancelled: [],
};

/** The same rows, watched as `generation` writes them; `note` gets what should not have been. */
export type Watch = (saga: SagaTx, generation: number, note: (what: string) => void) => SagaTx;

export function createWatch({ pick, world, now }: { pick: PlanPick; world: World; now(): number }): Watch {
  /** Undo attempts after which a job was stuck. */
  const stuckAfter = new Map<string, number>();
  return (saga, generation, note) => {
    const pickOf = (plan: PlanRow, job: JobRow): JobPick | null => (plan.name === 'random' ? (pick.jobs[job.index] as JobPick) : null);
    const owesUndo = (plan: PlanRow, job: JobRow): boolean => pickOf(plan, job)?.undo === true && job.attempt > 0 && job.state !== 'undone';
    const isCommit = (plan: PlanRow, job: JobRow): boolean => job.index === (plan.name === 'random' ? pick.commitAt : 0) && job.state === 'done';
    return {
      ...saga,
      insertPlan: async (plan, jobs) => {
        if (await saga.activePlan(plan.subject)) note(`${plan.id} began beside another`);
        return saga.insertPlan(plan, jobs);
      },
      updatePlan: async (id, rev, set) => {
        const before = await saga.plan(id);
        const done = await saga.updatePlan(id, rev, set);
        if (!done || !before) return done;
        if (before.generation > generation) note(`engine ${generation} wrote ${id}, which belongs to ${before.generation}`);
        if (set.state && !NEXT[before.state].includes(set.state)) note(`${id} went from ${before.state} to ${set.state}`);
        if (ENDED.includes(before.state)) note(`${id} was ${before.state} and changed`);
        return done;
      },
      updateJob: async (id, rev, set) => {
        const before = await saga.job(id);
        const done = await saga.updateJob(id, rev, set);
        if (!done || !before) return done;
        const plan = (await saga.plan(before.planId)) as PlanRow;
        const jobs = await saga.jobs(before.planId);
        if (plan.generation > generation) note(`engine ${generation} wrote ${id}, which belongs to ${plan.generation}`);
        if (ENDED.includes(plan.state)) note(`${id} changed after its plan was ${plan.state}`);
        if (set.attempt !== undefined && set.attempt !== before.attempt + 1) note(`${id} went from attempt ${before.attempt} to ${set.attempt}`);
        if (isCommit(plan, before) && set.state !== undefined) note(`${id} is the commit, was done and became ${set.state}`);
        const said = (op: 'do' | 'undo'): TaskStatus | undefined => world.journal.get(`${id}:${op}:${op === 'do' ? before.attempt : before.undoAttempt}`);
        if (before.target !== null && before.state !== 'pending') {
          if (set.state === 'done' && said('do')?.outcome !== 'done') note(`${id} is done, but attempt ${before.attempt} was not`);
          if (set.state === 'undone' && said('undo')?.outcome !== 'done') note(`${id} is undone, but attempt ${before.undoAttempt} was not`);
          const ranOut = before.deadlineAt !== null && before.deadlineAt <= now();
          if (before.state === 'running' && set.state === 'failed' && !ranOut && said('do')?.outcome !== 'failed') note(`${id} failed, but attempt ${before.attempt} did not`);
        }
        if (set.state === 'stuck') stuckAfter.set(id, before.undoAttempt);
        if (set.undoAttempt !== undefined && before.undoAttempt > 0 && before.undoAttempt % 5 === 0 && stuckAfter.get(id) !== before.undoAttempt) note(`${id} is undone ${set.undoAttempt} times and was not stuck`);
        if (set.state === 'running' && before.state !== 'running' && jobs.some((j) => j.index < before.index && j.state !== 'done')) note(`${id} began before its turn`);
        if (set.state === 'undoing' && before.state !== 'undoing') {
          if (jobs.some((j) => j.index > before.index && owesUndo(plan, j))) note(`${id} is undone before a later one`);
          if (jobs.some((j) => isCommit(plan, j))) note(`${id} is undone after the commit`);
        }
        return done;
      },
    };
  };
}
