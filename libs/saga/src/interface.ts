// Task → Plan → Jobs. A plan is one step of a task: ordered jobs, each with do, undo, deadline and retry; all of it rows in the database.
// Kill the engine anywhere: it resumes or unwinds from the rows alone.
import type { Envelope, JobName, TaskStatus, WireError } from '@educloud/contracts';

export type PlanState = 'running' | 'unwinding' | 'done' | 'failed' | 'cancelled' | 'stuck';
export type JobState = 'pending' | 'running' | 'done' | 'undoing' | 'undone' | 'failed' | 'stuck';

/** One execution of a step. Times are epoch ms. */
export interface PlanRow {
  /** `${subject}/${seq}` */
  id: string;
  /** The task (tid) the plan belongs to; at most one plan of a subject is active (running, unwinding or stuck). */
  subject: string;
  /** 1, 2, 3… per subject; goes out as `plan` of every command. */
  seq: number;
  /** Name of the PlanDefinition. */
  name: string;
  state: PlanState;
  /** Fencing number of the engine that owns it. */
  generation: number;
  /** Rises with every change: compare-and-set on it. */
  rev: number;
  /** What the step was asked with, e.g. `{force:true}`. */
  input: unknown;
  error: WireError | null;
  startedAt: number;
  endedAt: number | null;
}

/** One thing of a plan, done by one daemon or by the CLC itself. */
export interface JobRow {
  /** `${planId}/${index}` */
  id: string;
  planId: string;
  index: number;
  name: JobName;
  role: string;
  /** Daemon that does it; null for the CLC's own. */
  target: string | null;
  state: JobState;
  /** Attempts made so far; rises when one is dispatched. Message id of a command = `${id}:${op}:${attempt}`. Undo has attempts of its own. */
  attempt: number;
  undoAttempt: number;
  rev: number;
  params: unknown;
  result: unknown;
  error: WireError | null;
  /** Of the present attempt, do or undo; null while an undo waits for its next attempt. After the commit job: of all attempts together. */
  deadlineAt: number | null;
  /** A retry waits until then: of the do while `pending`, of the undo while `undoing`. */
  notBefore: number | null;
  startedAt: number | null;
  endedAt: number | null;
}

/** A message that is committed and that the broker has not confirmed yet. */
export interface OutboxRow {
  /** Message id. The same id enqueued again replaces the row, `createdAt` too. */
  id: string;
  queue: string;
  envelope: Envelope;
  /** Different for each writing of the same id. */
  createdAt: number;
}

/** The engine's view of one database transaction. Every update is a compare-and-set on `rev`: false = somebody was faster, read again. */
export interface SagaTx {
  plan(id: string): Promise<PlanRow | null>;
  activePlan(subject: string): Promise<PlanRow | null>;
  /** Which of them have one. */
  activeSubjects(subjects: readonly string[]): Promise<string[]>;
  lastSeq(subject: string): Promise<number>;
  plansOf(subject: string): Promise<PlanRow[]>;
  insertPlan(plan: PlanRow, jobs: JobRow[]): Promise<void>;
  updatePlan(id: string, expectRev: number, set: Partial<Omit<PlanRow, 'id' | 'rev'>>): Promise<boolean>;
  jobs(planId: string): Promise<JobRow[]>;
  job(id: string): Promise<JobRow | null>;
  updateJob(id: string, expectRev: number, set: Partial<Omit<JobRow, 'id' | 'rev'>>): Promise<boolean>;
  /** Active plans with a job whose deadline or notBefore has passed, or whose notBefore lies further ahead than any pause; oldest first. */
  duePlans(now: number, limit: number): Promise<string[]>;
  /** Every plan that is running or unwinding. */
  activePlans(): Promise<string[]>;
  /** For health and lists: how many plans are running or unwinding, how many are stuck, how many messages wait and since when. */
  counts(): Promise<{ active: number; stuck: number; outbox: number; oldestAt: number | null }>;
  /** Running plans with a running job that has no target: the CLC's own. */
  plansWithOwnJobs(): Promise<string[]>;
  /** Plans with a job running, undoing or stuck at this daemon. */
  plansAtDaemon(daemonId: string): Promise<string[]>;
  /** Jobs that a daemon was told to do or undo and has not answered, of plans that are running or unwinding. */
  unanswered(): Promise<JobRow[]>;
  /** At which plans are stuck. */
  stuckJobs(): Promise<JobRow[]>;
  enqueue(row: OutboxRow): Promise<void>;
  /** Oldest first. */
  outbox(limit: number): Promise<OutboxRow[]>;
  removeFromOutbox(id: string): Promise<void>;
  /** Only the rows written then: one that was written again while it was being published stays. */
  removeSent(rows: ReadonlyArray<Pick<OutboxRow, 'id' | 'createdAt'>>): Promise<void>;
}

export interface SagaStore<Tx extends { saga: SagaTx }> {
  /** Retries deadlocks and lost races itself; `work` may run more than once. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** What is committed, without a transaction around it. Absent: it is read in one. */
  readonly read?: { saga: Pick<SagaTx, 'outbox'> };
}

/** Results of the plan's jobs that are done, by job name. */
export type Results = Partial<Record<JobName, unknown>>;

/** What a job is: its kind (`target`, `apply` or `perform`, exactly one of them), and what becomes of it when it fails. */
export interface JobDefinition<Tx, Ctx> {
  name: JobName;
  /** Daemon that does it. Absent: the CLC itself, by `apply` or `perform`. */
  target?(ctx: Ctx, results: Results): string;
  params?(ctx: Ctx, results: Results): unknown;
  /** True: the job is not needed this time; it counts as done with the result null. */
  skip?(ctx: Ctx, results: Results): boolean;
  /**
   * Own job, only database: runs inside the transaction that dispatches it. Throws CloudError = the job failed; what it wrote before
   * that stays, so check first and then write. DATABASE_UNAVAILABLE, a retryable CONFLICT and what is no CloudError roll the transaction back
   * and are tried again.
   */
  apply?(tx: Tx, ctx: Ctx, results: Results): Promise<unknown>;
  /** Own job that talks to others: runs outside any transaction and may run twice. Listens to `signal`; guard its writes by the task's state, a cancel may win. */
  perform?(ctx: Ctx, results: Results, signal: AbortSignal): Promise<unknown>;
  /**
   * `remote`: an undo command to the target (also after a failed or unanswered do, with the params of the do). A function: own undo,
   * in the transaction. Absent: nothing to undo. Either has 2 minutes and 5 attempts (1 s, doubling); then the plan is stuck.
   */
  undo?: 'remote' | ((tx: Tx, ctx: Ctx, results: Results) => Promise<void>);
  /** Of a daemon that is switched off the job counts as done with this result: what it would end is over. Absent: it fails with NODE_FENCED. */
  whenSwitchedOff?: object;
  /** Sent also to a daemon that is switched off: it is what it has to do first when it is back. */
  waitsForReturn?: boolean;
  deadlineMs: number | ((ctx: Ctx, results: Results) => number);
  /** Of retryable failures other than DEADLINE_EXCEEDED (DISK_FULL: 3 attempts at most). Default: 3 attempts, 1 s, doubling up to 30 s. Each attempt has a deadline of its own. */
  retry?: { attempts: number; backoffMs: number };
  /** Once this job is done (if it is the first: from the beginning) the plan only goes forward: later jobs are retried after any failure (backoff up to 30 s) until their deadline, then the plan is stuck. */
  commit?: boolean;
  /** On a retryable failure of this job go back to that earlier job and do all from there again (counts as an attempt of each): a broken cut-through fill. */
  retryFrom?: JobName;
}

/** What a step is: its jobs in their order, and what it does to the subject's own row. `Ctx`: what `load` reads for them. */
export interface PlanDefinition<Tx, Ctx> {
  name: string;
  /** What the jobs need to know; read inside the transaction that uses it, and again after each own job and hook. Must not throw for missing things. */
  load(tx: Tx, plan: PlanRow): Promise<Ctx>;
  jobs: ReadonlyArray<JobDefinition<Tx, Ctx>>;
  /** Hooks run inside the transaction that makes the change true. They must not fail for a business reason: what they throw rolls it back. */
  onStart?(tx: Tx, ctx: Ctx, plan: PlanRow): Promise<void>;
  onJobDispatched?(tx: Tx, ctx: Ctx, job: JobRow, plan: PlanRow): Promise<void>;
  onJobDone?(tx: Tx, ctx: Ctx, job: JobRow, plan: PlanRow): Promise<void>;
  /** Also called when a plan that got stuck while unwinding is taken up again. One that got stuck going forward says onJobDispatched instead. */
  onUnwinding?(tx: Tx, ctx: Ctx, error: WireError, plan: PlanRow): Promise<void>;
  onDone(tx: Tx, ctx: Ctx, plan: PlanRow, results: Results): Promise<void>;
  /** Everything is undone. */
  onFailed(tx: Tx, ctx: Ctx, error: WireError, plan: PlanRow): Promise<void>;
  onStuck(tx: Tx, ctx: Ctx, error: WireError, plan: PlanRow): Promise<void>;
}

/** What commands ask for. Any process of the CLC takes it: the engine of the one that leads, the desk of another. */
export type SagaOrders<Tx extends { saga: SagaTx }> = Pick<Saga<Tx>, 'start' | 'kick' | 'supersede' | 'onDaemonRegistered' | 'resumeStuck'>;

/** The engine of the process that leads. */
export interface Saga<Tx extends { saga: SagaTx }> {
  /**
   * Inserts the plan and dispatches its first job in the caller's transaction; own `apply` jobs at the front run at once, so the plan
   * that is returned may have ended already. Call `kick` after the commit.
   * @throws STEP_IN_PROGRESS another plan of the subject is active
   */
  start(tx: Tx, order: { subject: string; name: string; input: unknown }): Promise<PlanRow>;
  /** Wakes the outbox relay and own jobs now instead of at the next tick. */
  kick(): void;
  /** Another process took orders: looks now for messages to send and own jobs to run. Also done every second by itself. */
  lookForOrders(): void;
  /** Closes the active plan of a subject without undoing it (a cancel plan takes over in the same transaction). Returns the closed one. */
  supersede(tx: Tx, subject: string): Promise<PlanRow | null>;
  /** A `taskstatus` of a daemon with outcome done or failed. Late and double ones change nothing. @throws WRONG_NODE it is another daemon's job; NOT_READY it is for a newer engine, the bus has to keep it */
  onStatus(status: TaskStatus, source: { node: string; epoch: number }): Promise<void>;
  /** The daemon (re)registered: running jobs go out again under their ids, stuck ones are resumed. Or it was found to be switched off: they end. */
  onDaemonRegistered(daemonId: string): Promise<void>;
  /** Takes a stuck plan up again. */
  resumeStuck(tx: Tx, subject: string): Promise<void>;
  /** At start: adopt all active plans, republish running jobs, start the relay and the clockwork. */
  resume(): Promise<void>;
  /** One round of deadlines, retries and outbox; also run every second by itself. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

export interface SagaOptions<Tx extends { saga: SagaTx }> {
  store: SagaStore<Tx>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each definition has a context of its own
  plans: ReadonlyArray<PlanDefinition<Tx, any>>;
  /** Queue, node and epoch a daemon's commands go to now (a node's go to its CC's queue). */
  address(tx: Tx, daemonId: string): Promise<{ queue: string; epoch: number }>;
  /** The daemon is known to be off, and cleans up before it does anything else when it is back. What it should undo counts as undone. */
  switchedOff?(tx: Tx, daemonId: string): Promise<boolean>;
  publish(queue: string, envelope: Envelope): Promise<void>;
  now(): number;
  /** True while answers that were given when nobody led may still be on their way: no job of a daemon runs out of time as long. Default: never. */
  answersAreComing?(): boolean;
  /** Fencing number: plans of a higher one are left alone. */
  generation: number;
  /** `${job}:${do|undo}:${before|after}` around the effects of own jobs, `outbox:before` (committed, not published) and `outbox:after` (confirmed, row still there). */
  failpoint?(name: string): void;
  log: { info(o: object, m?: string): void; warn(o: object, m?: string): void; error(o: object, m?: string): void };
}
