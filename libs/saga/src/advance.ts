// Carries out decisions in one database transaction: rows by compare-and-set, hooks, outbox rows. Called by the engine with what
// happened (a status, a result, a resume) or with nothing (time passed).
import { ENVELOPE_VERSION, JOBS, type JobName, type WireError, say } from '@educloud/contracts';
import { CloudError, hasCode, isCloudError, toWire } from '@educloud/errors';
import { afterFailure, afterUndoFailure, decide, definitionOf, needsUndo, onlyForward, UNDO, who } from './decide.ts';
import type { JobDefinition, JobRow, PlanDefinition, PlanRow, Results, SagaOptions, SagaTx } from './interface.ts';

export type Happened =
  | { what: 'done'; jobId: string; op: 'do' | 'undo'; attempt: number; result: unknown }
  | { what: 'failed'; jobId: string; op: 'do' | 'undo'; attempt: number; error: WireError }
  /** Stuck plans are taken up again. */
  | { what: 'resume' }
  /** Commands of the daemon go out again under their ids, to its present registration. Waits for a retry end. */
  | { what: 'registered'; daemonId: string }
  /** The daemon has not answered for long: the same command goes out again. */
  | { what: 'silence'; jobId: string }
  /** A hook or own job threw what does not pass by itself again and again: a bug of ours must not hold the plan for ever. */
  | { what: 'broken'; error: WireError }
  /** Even failing throws: stuck without asking any hook, so that it is seen and can be resumed. */
  | { what: 'halted'; error: WireError }
  /** Adopted by this engine. */
  | { what: 'adopted' }
  /** The daemon refused an address that was true when the command was written. */
  | { what: 'readdress'; jobId: string; op: 'do' | 'undo'; attempt: number; sentEpoch: number | null; presentEpoch: number };

/** Says what happened from the jobs as they are in the transaction; nothing = it changes nothing. What it throws is nobody's failure but the speaker's. */
export type Judge = (jobs: readonly JobRow[]) => Happened | void;

export type AdvanceOptions<Tx extends { saga: SagaTx }> = Pick<SagaOptions<Tx>, 'address' | 'switchedOff' | 'now' | 'answersAreComing' | 'failpoint' | 'log'> & {
  /** Of the engine. Null: an order from outside it, which leaves a plan with whom it has. */
  generation: number | null;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each definition has a context of its own
  plan(name: string): PlanDefinition<Tx, any>;
  /** The relay must know when a row it may hold is written again or removed. */
  changed(id: string): void;
};

/** Rolled back and tried again, not the failure of a job. */
export const mustRollBack = (e: unknown): boolean => !isCloudError(e) || (hasCode(e, 'CONFLICT') && e.retryable) || hasCode(e, 'DATABASE_UNAVAILABLE');
export const isOwn = (definition: JobDefinition<never, never> | undefined): boolean => definition?.target === undefined;
export const messageId = (job: JobRow, op: 'do' | 'undo'): string => `${job.id}:${op}:${op === 'do' ? job.attempt : job.undoAttempt}`;

export function resultsOf(jobs: readonly JobRow[]): Results {
  const results: Results = {};
  for (const job of jobs) if (job.state === 'done') results[job.name] = job.result;
  return results;
}

/** Results of daemons are checked against the contract before anybody computes with them. */
export function checkedResult(name: JobName, result: unknown): { ok: true; result: unknown } | { ok: false; error: WireError } {
  const parsed = JOBS[name].result.safeParse(result ?? {});
  if (parsed.success) return { ok: true, result: parsed.data };
  return { ok: false, error: toWire(new CloudError('MESSAGE_INVALID', `the result of ${name} does not have the agreed shape`, { data: { issues: parsed.error.issues.slice(0, 5).map((i) => i.path.join('.')) } })) };
}

export type Advance<Tx> = (tx: Tx, planId: string, said?: Happened | Judge, inserted?: { plan: PlanRow; jobs: JobRow[] }) => Promise<{ plan: PlanRow | null; perform: boolean; sends: boolean }>;

/** @returns the plan as it is now; `null` there is none, or it belongs to a newer engine. `perform`: an own job waits to be run outside. `sends`: a message waits in the outbox. */
export function createAdvance<Tx extends { saga: SagaTx }>(options: AdvanceOptions<Tx>): Advance<Tx> {
  /** Strictly rising: tells two writings of one message apart. */
  let writtenAt = 0;
  return async function advance(tx: Tx, planId: string, said?: Happened | Judge, inserted?: { plan: PlanRow; jobs: JobRow[] }): ReturnType<Advance<Tx>> {
    const saga = tx.saga;
    const found = inserted?.plan ?? (await saga.plan(planId));
    const jobs = inserted?.jobs ?? (found ? await saga.jobs(planId) : []);
    const happened = typeof said === 'function' ? said(jobs) : said;
    if (!found || found.generation > (options.generation ?? Infinity)) return { plan: null, perform: false, sends: false };
    if (typeof said === 'function' && !happened) return { plan: found, perform: false, sends: false };
    let plan: PlanRow = found;
    const definition = options.plan(plan.name);
    const now = options.now();
    const patient = options.answersAreComing?.() ?? false;
    let fenced = inserted !== undefined;
    let context: unknown;
    let fresh = false;
    let sends = false;

    const ctx = async (): Promise<unknown> => {
      if (!fresh) context = await definition.load(tx, plan);
      fresh = true;
      return context;
    };
    /** Hooks and own jobs change what the context was read from. */
    const hook = async (run: ((ctx: unknown) => Promise<void>) | undefined): Promise<void> => {
      if (!run) return;
      await run(await ctx());
      fresh = false;
    };
    const setPlan = async (set: Partial<Omit<PlanRow, 'id' | 'rev'>>): Promise<void> => {
      if (!(await saga.updatePlan(plan.id, plan.rev, set))) throw new CloudError('CONFLICT', `plan ${plan.id} was changed by somebody else`);
      plan = { ...plan, ...set, rev: plan.rev + 1 };
      fenced = true;
    };
    const claim = (): Promise<void> => setPlan(options.generation === null ? {} : { generation: options.generation });
    /** Every change of a job goes through the plan row first: that is the lock, and keeps out an engine that was replaced. */
    const setJob = async (job: JobRow, set: Partial<Omit<JobRow, 'id' | 'rev'>>): Promise<JobRow> => {
      if (!fenced) await claim();
      if (!(await saga.updateJob(job.id, job.rev, set))) throw new CloudError('CONFLICT', `job ${job.id} was changed by somebody else`);
      const changed = { ...job, ...set, rev: job.rev + 1 };
      jobs[job.index] = changed;
      return changed;
    };
    const send = async (job: JobRow, op: 'do' | 'undo'): Promise<void> => {
      const node = job.target as string;
      const { queue, epoch } = await options.address(tx, node);
      const id = messageId(job, op);
      options.changed(id);
      writtenAt = Math.max(writtenAt + 1, options.now());
      sends = true;
      await saga.enqueue({
        id, queue, createdAt: writtenAt,
        envelope: {
          v: ENVELOPE_VERSION, id, name: JOBS[job.name].command, tid: plan.subject, jobId: job.id, target: { node, epoch }, source: null,
          generation: options.generation ?? plan.generation, seq: 0, deadline: job.deadlineAt, trail: [],
          body: { job: job.name, op, attempt: op === 'do' ? job.attempt : job.undoAttempt, plan: plan.seq, params: job.params },
        },
      });
    };

    const withdraw = async (id: string): Promise<void> => {
      options.changed(id);
      await saga.removeFromOutbox(id);
    };

    const stuck = async (job: JobRow, error: WireError): Promise<void> => {
      const forward = plan.state === 'running';
      await setJob(job, { state: 'stuck', error, deadlineAt: null, notBefore: null });
      await setPlan({ state: 'stuck', ...(forward ? { error } : {}) });
      options.log.error({ planId, job: job.name, daemon: who(job), error }, 'plan is stuck');
      await hook(definition.onStuck && ((c) => definition.onStuck(tx, c, error, plan)));
    };

    const doFailed = async (job: JobRow, error: WireError): Promise<void> => {
      if (error.code === 'DEADLINE_EXCEEDED') await withdraw(messageId(job, 'do'));
      const next = afterFailure(jobs, definition, job, error, now);
      options.log.warn({ planId, job: job.name, daemon: who(job), attempt: job.attempt, error, next: next.then }, 'job failed');
      if (next.then === 'stuck') return stuck(job, error);
      if (next.then === 'unwind') {
        await setJob(job, { state: 'failed', error, deadlineAt: null, notBefore: null, endedAt: now });
        await setPlan({ state: 'unwinding', error });
        return hook(definition.onUnwinding && ((c) => definition.onUnwinding!(tx, c, error, plan)));
      }
      const keepDeadline = onlyForward(jobs, definition);
      for (const again of jobs.slice(next.from, job.index + 1)) {
        await setJob(again, {
          state: 'pending', result: null, notBefore: again.index === next.from ? next.at : null, endedAt: null,
          deadlineAt: keepDeadline && again.id === job.id ? job.deadlineAt : null, ...(again.id === job.id ? { error } : {}),
        });
      }
    };
    const doDone = async (job: JobRow, result: unknown): Promise<void> => {
      const done = await setJob(job, { state: 'done', result: result ?? null, error: null, deadlineAt: null, notBefore: null, endedAt: now });
      await hook(definition.onJobDone && ((c) => definition.onJobDone!(tx, c, done, plan)));
    };
    const undoFailed = async (job: JobRow, cause: WireError): Promise<void> => {
      if (cause.code === 'DEADLINE_EXCEEDED') await withdraw(messageId(job, 'undo'));
      const next = afterUndoFailure(job, now);
      options.log.warn({ planId, job: job.name, daemon: who(job), undoAttempt: job.undoAttempt, error: cause, next: next.then }, 'undo failed');
      if (next.then === 'retry') return void (await setJob(job, { deadlineAt: null, notBefore: next.at }));
      await stuck(job, toWire(new CloudError('UNDO_FAILED', say('undoFailed', { job: job.name, daemon: who(job), attempts: job.undoAttempt, why: cause.message }), { data: { job: job.name, daemon: who(job), cause } })));
    };
    const undoDone = async (job: JobRow): Promise<void> => void (await setJob(job, { state: 'undone', deadlineAt: null, notBefore: null, endedAt: now }));

    const isOff = async (job: JobRow): Promise<boolean> => job.target !== null && definitionOf(definition, job)?.waitsForReturn !== true && ((await options.switchedOff?.(tx, job.target)) ?? false);
    const settleOff = async (job: JobRow): Promise<void> => {
      await withdraw(messageId(job, job.state === 'undoing' ? 'undo' : 'do'));
      if (job.state === 'undoing') return undoDone(job);
      const ended = definitionOf(definition, job)?.whenSwitchedOff;
      if (ended !== undefined) return doDone(job, ended);
      await doFailed(job, toWire(new CloudError('NODE_FENCED', say('jobAtSwitchedOff', { job: job.name, daemon: who(job) }), { data: { job: job.name, daemon: who(job) } })));
    };

    const dispatch = async (before: JobRow): Promise<void> => {
      const d = definitionOf(definition, before);
      if (!d) throw new CloudError('INTERNAL', `plan ${plan.name} has no job ${before.name}`);
      if (d.skip?.(await ctx(), resultsOf(jobs))) return doDone(before, null);
      const begun = { state: 'running', attempt: before.attempt + 1, startedAt: before.startedAt ?? now, notBefore: null, endedAt: null } as const;
      const results = resultsOf(jobs);
      let job: JobRow | null = null;
      try {
        const c = await ctx();
        const deadlineMs = typeof d.deadlineMs === 'function' ? d.deadlineMs(c, results) : d.deadlineMs;
        const given = { deadlineAt: before.deadlineAt ?? now + deadlineMs, params: d.params?.(c, results) ?? {}, target: d.target?.(c, results) ?? null };
        job = await setJob(before, { ...begun, ...given });
        const sent = job;
        if (!isOwn(d) && (await isOff(sent))) {
          await hook(definition.onJobDispatched && ((fresh) => definition.onJobDispatched!(tx, fresh, sent, plan)));
          return await settleOff(sent);
        }
        if (!isOwn(d)) await send(sent, 'do');
        await hook(definition.onJobDispatched && ((fresh) => definition.onJobDispatched!(tx, fresh, sent, plan)));
        if (d.apply) {
          options.failpoint?.(`${sent.name}:do:before`);
          const result = await d.apply(tx, await ctx(), results);
          fresh = false;
          options.failpoint?.(`${sent.name}:do:after`);
          await doDone(sent, result);
        }
      } catch (e) {
        if (mustRollBack(e)) throw e;
        fresh = false;
        // It counts as an attempt, also when it never got so far as to have a target.
        if (!job) await setJob(before, begun);
        await doFailed(jobs[before.index] as JobRow, toWire(e));
      }
    };

    const undo = async (before: JobRow): Promise<void> => {
      const d = definitionOf(definition, before);
      const job = await setJob(before, { state: 'undoing', undoAttempt: before.undoAttempt + 1, deadlineAt: now + UNDO.deadlineMs, notBefore: null, endedAt: null });
      try {
        if (d?.undo === 'remote') return (await isOff(job)) ? await settleOff(job) : await send(job, 'undo');
        options.failpoint?.(`${job.name}:undo:before`);
        if (typeof d?.undo === 'function') await d.undo(tx, await ctx(), resultsOf(jobs));
        fresh = false;
        options.failpoint?.(`${job.name}:undo:after`);
        await undoDone(job);
      } catch (e) {
        if (mustRollBack(e)) throw e;
        fresh = false;
        await undoFailed(job, toWire(e));
      }
    };

    /** Back on the way it was on when it got stuck. */
    const unstick = async (): Promise<void> => {
      const job = jobs.find((j) => j.state === 'stuck');
      if (plan.state !== 'stuck') return;
      // Halted at its very end.
      if (!job) return setPlan(jobs.every((j) => j.state === 'done') ? { state: 'running', error: null } : { state: 'unwinding' });
      if (onlyForward(jobs, definition)) {
        await setPlan({ state: 'running', error: null });
        await setJob(job, { state: 'pending', deadlineAt: null, notBefore: now });
        return;
      }
      await setPlan({ state: 'unwinding' });
      await setJob(job, { state: 'undoing', deadlineAt: null, notBefore: now });
      const error = plan.error ?? toWire(new CloudError('CANCELLED', 'taken back'));
      await hook(definition.onUnwinding && ((c) => definition.onUnwinding!(tx, c, error, plan)));
    };

    const take = async (event: Happened): Promise<void> => {
      if (event.what === 'resume') return unstick();
      if (event.what === 'broken' || event.what === 'halted') {
        const job = plan.state === 'running' ? jobs.find((j) => j.state !== 'done') : plan.state === 'unwinding' ? jobs.findLast((j) => needsUndo(j, definition)) : undefined;
        if (event.what === 'halted') {
          if (plan.state !== 'running' && plan.state !== 'unwinding') return;
          if (job) await setJob(job, { state: 'stuck', error: event.error, deadlineAt: null, notBefore: null });
          return setPlan({ state: 'stuck', error: plan.error ?? event.error });
        }
        if (job) await (plan.state === 'running' && !onlyForward(jobs, definition) ? doFailed(job, event.error) : stuck(job, event.error));
        return;
      }
      if (event.what === 'adopted') {
        if (options.generation !== null && plan.generation < options.generation) await claim();
        return again(() => true);
      }
      if (event.what === 'registered') {
        if (jobs.some((j) => j.state === 'stuck' && j.target === event.daemonId)) await unstick();
        return again((j) => j.target === event.daemonId);
      }
      if (event.what === 'silence') return again((j) => j.id === event.jobId && j.deadlineAt !== null, 'silence');
      const job = jobs.find((j) => j.id === event.jobId);
      const attempt = event.op === 'do' ? job?.attempt : job?.undoAttempt;
      const expected = event.op === 'do' ? plan.state === 'running' && job?.state === 'running' : plan.state === 'unwinding' && job?.state === 'undoing';
      // It was too late for its deadline but it ended: better than asking again.
      const lateButTrue = event.what === 'done' && plan.state === 'stuck' && job?.state === 'stuck' && (event.op === 'do') === onlyForward(jobs, definition);
      if (!job || attempt !== event.attempt || !(expected || lateButTrue)) return;
      if (event.what === 'readdress') {
        const present = (await options.address(tx, who(job))).epoch;
        const newer = event.sentEpoch === null ? present >= event.presentEpoch : present > event.sentEpoch;
        if (newer && job.deadlineAt !== null) await resend(job);
        return;
      }
      if (lateButTrue) await unstick();
      const now = jobs[job.index] as JobRow;
      if (event.what === 'failed') return event.op === 'do' ? doFailed(now, event.error) : now.deadlineAt === null ? undefined : undoFailed(now, event.error);
      return event.op === 'do' ? doDone(now, event.result) : undoDone(now);
    };
    const resend = async (job: JobRow): Promise<void> => {
      if (!fenced) await claim();
      await send(job, job.state === 'undoing' ? 'undo' : 'do');
    };
    /** The command to a daemon that is off waits in its queue: one copy is enough, and its return sends it again. */
    const waitsInQueue = async (job: JobRow): Promise<boolean> => definitionOf(definition, job)?.waitsForReturn === true && job.target !== null && ((await options.switchedOff?.(tx, job.target)) ?? false);
    const again = async (which: (job: JobRow) => boolean, why?: 'silence'): Promise<void> => {
      for (const job of jobs.filter((j) => which(j) && j.target !== null && (j.state === 'running' || j.state === 'undoing'))) {
        if (plan.state !== 'running' && plan.state !== 'unwinding') return;
        if (await isOff(job)) await settleOff(job);
        else if (why === 'silence' && (await waitsInQueue(job))) continue;
        else if (job.deadlineAt === null) await setJob(job, { notBefore: now });
        // Out of time, but perhaps done before: the journal of the daemon knows.
        else if (job.deadlineAt > now || patient) await resend(job).catch((e: unknown) => (mustRollBack(e) ? Promise.reject(e) : options.log.warn({ planId, job: job.name, err: e }, 'cannot be sent again now')));
      }
    };

    if (happened) await take(happened);
    for (;;) {
      const next = decide(plan, jobs, definition, now, patient);
      if (next.act === 'wait') break;
      if (next.act === 'dispatch') await dispatch(next.job);
      else if (next.act === 'undo') await undo(next.job);
      else if (next.act === 'fail') await doFailed(next.job, next.error);
      else if (next.act === 'undo-failed') await undoFailed(next.job, next.error);
      else if (next.act === 'stuck') await stuck(next.job, next.error);
      else if (next.act === 'done') {
        await setPlan({ state: 'done', endedAt: now });
        await hook((c) => definition.onDone(tx, c, plan, resultsOf(jobs)));
      } else {
        await setPlan({ state: 'failed', endedAt: now });
        await hook((c) => definition.onFailed(tx, c, plan.error as WireError, plan));
      }
    }
    const perform = plan.state === 'running' && jobs.some((j) => j.state === 'running' && definitionOf(definition, j)?.perform !== undefined);
    return { plan, perform, sends };
  };
}

