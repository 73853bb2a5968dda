// What has to happen next to a plan: pure decisions over its rows. The engine carries them out; the specs play with them.
import { say, type WireError, inWords } from '@educloud/contracts';
import type { JobDefinition, JobRow, PlanDefinition, PlanRow } from './interface.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- decisions never look into transaction or context
type AnyPlan = Pick<PlanDefinition<any, any>, 'jobs'>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
type AnyJob = JobDefinition<any, any>;

export const UNDO = { attempts: 5, backoffMs: 1000, deadlineMs: 120_000 } as const;
const DEFAULT_RETRY = { attempts: 3, backoffMs: 1000 };
export const MAX_BACKOFF_MS = 30_000;

export type Decision =
  | { act: 'dispatch'; job: JobRow }
  | { act: 'undo'; job: JobRow }
  /** The do ran out of time. */
  | { act: 'fail'; job: JobRow; error: WireError }
  /** The undo ran out of time. */
  | { act: 'undo-failed'; job: JobRow; error: WireError }
  | { act: 'stuck'; job: JobRow; error: WireError }
  | { act: 'done' }
  | { act: 'failed' }
  | { act: 'wait' };

export type AfterFailure = { then: 'retry'; from: number; at: number } | { then: 'unwind' } | { then: 'stuck' };

const wait: Decision = { act: 'wait' };
const backoff = (baseMs: number, failures: number): number => Math.min(baseMs * 2 ** Math.min(failures - 1, 20), MAX_BACKOFF_MS);

export const definitionOf = (plan: AnyPlan, job: JobRow): AnyJob | undefined => plan.jobs.find((d) => d.name === job.name);
export const who = (job: JobRow): string => job.target ?? job.role;

/** Past the commit job there is no way back; a plan that begins with it has none at all. */
export const onlyForward = (jobs: readonly JobRow[], plan: AnyPlan): boolean => plan.jobs[0]?.commit === true || jobs.some((j) => j.state === 'done' && definitionOf(plan, j)?.commit === true);

/** Anything that was ever attempted may have left something, whatever became of it. A command that never got a target left nothing. */
export function needsUndo(job: JobRow, plan: AnyPlan): boolean {
  const undo = definitionOf(plan, job)?.undo;
  return undo !== undefined && job.attempt > 0 && job.state !== 'undone' && (undo !== 'remote' || job.target !== null);
}

export function deadlineError(job: JobRow, op: 'do' | 'undo'): WireError {
  const why = say(op === 'do' ? 'jobTooSlow' : 'undoTooSlow', { job: job.name, daemon: who(job) });
  return { code: 'DEADLINE_EXCEEDED', message: inWords(why, 'en'), why, retryable: true, data: { job: job.name, daemon: who(job), ...(job.deadlineAt === null ? {} : { deadlineAt: job.deadlineAt }) } };
}

/**
 * Got stuck for want of time, by a clock that does not say so any more: the deadline lies ahead again, or the daemon, which is there to say it,
 * got the command when by the clock of the cloud it was over before it began.
 */
export function untimely(job: Pick<JobRow, 'error'>, now: number): boolean {
  const cause = job.error?.code === 'UNDO_FAILED' ? (job.error.data?.['cause'] as WireError | undefined) : job.error;
  if (cause?.code === 'EXPIRED') return true;
  return cause?.code === 'DEADLINE_EXCEEDED' && Number(cause.data?.['deadlineAt'] ?? 0) > now;
}

/** A retry further away than any pause is of a clock that was ahead: it is due. */
const isDue = (notBefore: number | null, now: number): boolean => notBefore === null || notBefore <= now || notBefore > now + MAX_BACKOFF_MS;

/**
 * The next thing to do; `wait` = nothing until a status, a deadline or a retry time comes.
 * @param patient the answers of daemons may still be on their way: what they do is not out of time yet
 */
export function decide(plan: PlanRow, jobs: readonly JobRow[], definition: AnyPlan, now: number, patient = false): Decision {
  if (plan.state === 'running') return forward(jobs, definition, now, patient);
  if (plan.state === 'unwinding') return backward(jobs, definition, now, patient);
  return wait;
}

function forward(jobs: readonly JobRow[], definition: AnyPlan, now: number, patient: boolean): Decision {
  const job = jobs.find((j) => j.state !== 'done');
  if (!job) return { act: 'done' };
  const late = job.deadlineAt !== null && job.deadlineAt <= now;
  if (job.state === 'running') return late && !(patient && job.target !== null) ? { act: 'fail', job, error: deadlineError(job, 'do') } : wait;
  if (job.state !== 'pending') return wait;
  if (late && onlyForward(jobs, definition)) return { act: 'stuck', job, error: job.error ?? deadlineError(job, 'do') };
  return isDue(job.notBefore, now) ? { act: 'dispatch', job } : wait;
}

function backward(jobs: readonly JobRow[], definition: AnyPlan, now: number, patient: boolean): Decision {
  const job = jobs.findLast((j) => needsUndo(j, definition));
  if (!job) return { act: 'failed' };
  if (job.state === 'stuck') return wait;
  if (job.state !== 'undoing') return { act: 'undo', job };
  if (job.deadlineAt !== null) return job.deadlineAt <= now && !(patient && job.target !== null) ? { act: 'undo-failed', job, error: deadlineError(job, 'undo') } : wait;
  return isDue(job.notBefore, now) ? { act: 'undo', job } : wait;
}

/** What seldom passes by itself is tried less often: the person who can mend it waits to be told. */
const FEWER_ATTEMPTS: Partial<Record<string, number>> = { DISK_FULL: 3, CHECKSUM_MISMATCH: 2 };

/** What follows when the do of a job failed for good or for now. */
export function afterFailure(jobs: readonly JobRow[], definition: AnyPlan, job: JobRow, error: WireError, now: number): AfterFailure {
  const { retry = DEFAULT_RETRY, retryFrom } = definitionOf(definition, job) ?? {};
  const outOfTime = error.code === 'DEADLINE_EXCEEDED' || error.code === 'EXPIRED';
  const at = now + backoff(retry.backoffMs, Math.max(job.attempt, 1));
  const committed = jobs.findLastIndex((j) => j.state === 'done' && definitionOf(definition, j)?.commit === true);
  const back = retryFrom === undefined ? -1 : jobs.findIndex((j) => j.name === retryFrom);
  // Never behind the commit job, and never past the job itself.
  const from = back < 0 || back > job.index ? job.index : Math.max(back, committed + 1);
  if (onlyForward(jobs, definition)) return outOfTime || (job.deadlineAt !== null && job.deadlineAt <= now) ? { then: 'stuck' } : { then: 'retry', from, at };
  const attempts = Math.min(retry.attempts, FEWER_ATTEMPTS[error.code] ?? retry.attempts);
  if (outOfTime || !error.retryable || job.attempt >= attempts) return { then: 'unwind' };
  return { then: 'retry', from, at };
}

/** What follows when an undo failed: its attempts come in rounds of five, each ending in stuck. */
export function afterUndoFailure(job: JobRow, now: number): { then: 'retry'; at: number } | { then: 'stuck' } {
  const inRound = job.undoAttempt % UNDO.attempts;
  return inRound === 0 ? { then: 'stuck' } : { then: 'retry', at: now + backoff(UNDO.backoffMs, inRound) };
}
