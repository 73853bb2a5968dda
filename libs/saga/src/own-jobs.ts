// Runs the CLC's own `perform` jobs outside any transaction, after the commit that dispatched them. After a crash they run again.
import type { WireError } from '@educloud/contracts';
import { toWire } from '@educloud/errors';
import { resultsOf } from './advance.ts';
import { deadlineError, definitionOf } from './decide.ts';
import type { JobRow, PlanDefinition, Results, SagaOptions, SagaTx } from './interface.ts';

export interface OwnJobs {
  /** Starts what has to run of this plan and is not running; aborts what has to run no more. False: there is no such plan (yet). */
  look(planId: string): Promise<boolean>;
  /** Aborts what is over its deadline; it fails with DEADLINE_EXCEEDED when it has really ended. */
  expire(now: number): void;
  /** Something of the plan runs here. One that does not listen to its signal counts no more after a grace. */
  busy(planId: string, now: number): boolean;
  /** Those with an own job here that has not ended. */
  plans(): string[];
  close(): Promise<void>;
}

interface OwnJobsOptions<Tx extends { saga: SagaTx }> extends Pick<SagaOptions<Tx>, 'store' | 'failpoint' | 'generation'> {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each definition has a context of its own
  plan(name: string): PlanDefinition<Tx, any>;
  ended(planId: string, job: JobRow, outcome: { result: unknown } | { error: WireError }): Promise<void>;
}

interface Running { key: string; planId: string; job: JobRow; abort: AbortController; end: Promise<void>; /** It has ended; that is being written. */ over: boolean }

const DEAF_MS = 30_000;
const EXPIRED = 'expired';

export function createOwnJobs<Tx extends { saga: SagaTx }>(options: OwnJobsOptions<Tx>): OwnJobs {
  const running = new Map<string, Running>();
  let closed = false;

  async function run(entry: Running, perform: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const { planId, job, abort: { signal } } = entry;
    let outcome: { result: unknown } | { error: WireError };
    try {
      options.failpoint?.(`${job.name}:do:before`);
      outcome = { result: await perform(signal) };
      options.failpoint?.(`${job.name}:do:after`);
    } catch (e) {
      outcome = { error: toWire(e) };
    }
    // An aborted one has been given up already (or we are stopping, and it runs again after the start).
    if (closed) return;
    entry.over = true;
    if (signal.aborted && 'error' in outcome) outcome = { error: signal.reason === EXPIRED ? deadlineError(job, 'do') : { code: 'CANCELLED', message: `${job.name} was aborted`, retryable: false } };
    await options.ended(planId, job, outcome);
  }

  /** One look at a plan after another: what the first one started, and what came of it, the second one must see. */
  const looks = new Map<string, Promise<unknown>>();
  const inTurn = (planId: string, work: () => Promise<boolean>): Promise<boolean> => {
    const mine = (looks.get(planId) ?? Promise.resolve()).then(work);
    const over = mine.catch(() => undefined).finally(() => void (looks.get(planId) === over && looks.delete(planId)));
    looks.set(planId, over);
    return mine;
  };

  return {
    look: (planId) => inTurn(planId, async () => {
      const seen = await options.store.transaction(async (tx) => {
        const plan = await tx.saga.plan(planId);
        if (!plan) return null;
        const jobs = await tx.saga.jobs(planId);
        if (plan.state !== 'running' || plan.generation > options.generation) return { job: null, perform: null };
        const definition = options.plan(plan.name);
        const job = jobs.find((j) => j.state === 'running') ?? null;
        const perform = job && definitionOf(definition, job)?.perform;
        if (!job || !perform) return { job: null, perform: null };
        const ctx: unknown = await definition.load(tx, plan);
        const results: Results = resultsOf(jobs);
        return { job, perform: (signal: AbortSignal) => perform(ctx, results, signal) };
      });
      if (!seen) return false;
      const key = seen.job && `${seen.job.id}:${seen.job.attempt}`;
      for (const other of [...running.values()].filter((r) => r.planId === planId && r.key !== key)) {
        other.abort.abort();
        // The next attempt, or the undo, starts when this one has really ended.
        await other.end;
      }
      if (seen.job && seen.perform && key && !running.has(seen.job.id) && !closed) {
        const abort = new AbortController();
        const entry: Running = { key, planId, job: seen.job, abort, end: Promise.resolve(), over: false };
        running.set(seen.job.id, entry);
        // Until its end is in the database it counts as running.
        entry.end = run(entry, seen.perform).catch(() => undefined).finally(() => running.delete(entry.job.id));
      }
      return true;
    }),
    expire(now) {
      for (const r of running.values()) if (r.job.deadlineAt !== null && r.job.deadlineAt <= now) r.abort.abort(EXPIRED);
    },
    busy: (planId, now) => [...running.values()].some((r) => r.planId === planId && (r.job.deadlineAt ?? Infinity) + DEAF_MS > now),
    plans: () => [...new Set([...running.values()].filter((r) => !r.over).map((r) => r.planId))],
    async close() {
      closed = true;
      const ends = [...running.values()].map((r) => (r.abort.abort(), r.end));
      await Promise.all(ends);
    },
  };
}
