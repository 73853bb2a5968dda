// The task engine: takes orders and statuses, lets `advance` change the rows, and keeps outbox, own jobs and the clock going.
// The CLC makes one and hands it to its commands and its status consumer.
import { setTimeout as pause } from 'node:timers/promises';
import { CloudError, hasCode, isCloudError, toWire, whyOf } from '@educloud/errors';
import { type TaskStatus, say, inWords } from '@educloud/contracts';
import { checkedResult, createAdvance, messageId, type Happened, type Judge } from './advance.ts';
import { untimely } from './decide.ts';
import { definitionsOf } from './definitions.ts';
import { createOrders } from './orders.ts';
import { createOutboxRelay } from './outbox-relay.ts';
import { createOwnJobs } from './own-jobs.ts';
import { raced } from './raced.ts';
import { createSilence } from './silence.ts';
import type { JobRow, PlanRow, Saga, SagaOptions, SagaTx } from './interface.ts';

const TICK_MS = 1000;
/** Rounds in a row in which a plan may break by a bug before its job counts as failed. */
const BREAKS = 10;
/** Rounds between two looks for commands that nobody answers. */
const ASK_EVERY = 10;
/** Rounds between two looks for plans that a wrong clock got stuck. */
const FREE_EVERY = 15;
/** A database that restarts is waited for this long before a status goes back to the bus. */
const DATABASE_BACK_MS = 300_000;
/** An uncommitted `start` is looked for this long. */
const EXPECTED_MS = 30_000;

/** @throws Error when a definition is not sound: found at start-up, not in the middle of a plan */
export function createSaga<Tx extends { saga: SagaTx }>(options: SagaOptions<Tx>): Saga<Tx> {
  const { store, log, now } = options;
  const plan = definitionsOf<Tx>(options.plans);
  const relay = createOutboxRelay<Tx>(options);
  const advance = createAdvance<Tx>({ ...options, plan, changed: relay.changed });
  const own = createOwnJobs<Tx>({
    store, plan, generation: options.generation, ...(options.failpoint ? { failpoint: options.failpoint } : {}),
    ended: async (planId, job, outcome) => {
      const event = { jobId: job.id, op: 'do', attempt: job.attempt } as const;
      const happened: Happened = 'error' in outcome ? { what: 'failed', ...event, error: outcome.error } : { what: 'done', ...event, result: outcome.result };
      await whenTheDatabaseIsThere(async () => void (await step(planId, happened)));
    },
  });
  /** Plans started, or taken from their own job, in a transaction that may not be committed yet, and since when. */
  const expected = new Map<string, { since: number }>();
  const breaks = new Map<string, number>();
  const silence = createSilence();
  const orders = createOrders<Tx>({
    advance, plan, now, generation: options.generation, changed: relay.changed, waits: (planId) => void expected.set(planId, { since: now() }),
    ended: (planId) => void (own.plans().includes(planId) && expected.set(planId, { since: now() })),
  });
  const background = new Set<Promise<unknown>>();
  let timer: NodeJS.Timeout | null = null;
  let ticking: Promise<void> | null = null;
  let closed = false;
  let rounds = 0;
  let lookingForOthers: Promise<void> | null = null;
  let lookAgain = false;

  const inBackground = (work: Promise<unknown>): void => {
    const guarded = work.catch((e: unknown) => log.error({ err: e }, 'saga work failed; the clockwork takes it up again')).finally(() => background.delete(guarded));
    background.add(guarded);
  };

  /** Plans that are being looked at, and why once more: it has changed meanwhile, or it was asked for again, which counts if it is still expected. */
  const looking = new Map<string, 'changed' | 'asked' | null>();

  function look(planId: string, why: 'changed' | 'asked' = 'changed'): void {
    if (looking.has(planId)) return void (looking.get(planId) !== 'changed' && looking.set(planId, why));
    looking.set(planId, null);
    const seen = expected.get(planId);
    inBackground(
      own.look(planId)
        .then(
          // What was expected while we looked may not have been there yet.
          (found) => void (found && expected.get(planId) === seen && expected.delete(planId)),
          (e: unknown) => {
            expected.set(planId, { since: now() });
            throw e;
          },
        )
        .finally(() => {
          const more = looking.get(planId);
          looking.delete(planId);
          if (!closed && (more === 'changed' || (more === 'asked' && expected.has(planId)))) look(planId);
        }),
    );
  }

  /** One transition in a transaction of its own, then everything it woke. Null: there is no such plan, or it belongs to a newer engine. */
  async function step(planId: string, happened?: Happened | Judge): Promise<PlanRow | null> {
    const after = await raced(() => store.transaction((tx) => advance(tx, planId, happened)));
    if (closed) return after.plan;
    if (after.sends) relay.kick();
    if (after.perform || own.plans().includes(planId)) look(planId);
    return after.plan;
  }

  async function broke(planId: string, e: unknown): Promise<void> {
    log.error({ err: e, planId }, 'plan cannot go on now');
    // These pass by themselves; anything else that a hook throws would be thrown in every round for ever.
    if ((isCloudError(e) && e.code === 'CONFLICT' && e.retryable) || hasCode(e, 'DATABASE_UNAVAILABLE')) return;
    const count = (breaks.get(planId) ?? 0) + 1;
    breaks.set(planId, count);
    if (count < BREAKS) return;
    breaks.delete(planId);
    const error = toWire(e);
    await step(planId, { what: 'broken', error })
      .catch((x: unknown) => (log.error({ err: x, planId }, 'plan cannot even fail; it is halted'), step(planId, { what: 'halted', error })))
      .catch((x: unknown) => log.error({ err: x, planId }, 'plan cannot be halted now'));
  }

  /** What was told to us once must not be lost because the database is away for a moment. */
  async function whenTheDatabaseIsThere(work: () => Promise<void>): Promise<void> {
    const end = Date.now() + DATABASE_BACK_MS;
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 2000)) {
      try {
        return await work();
      } catch (e) {
        if (closed || Date.now() > end || !(hasCode(e, 'DATABASE_UNAVAILABLE') || hasCode(e, 'CONFLICT'))) throw e;
        await pause(pauseMs);
      }
    }
  }

  /** Each plan for itself: one that cannot go on must not hold up the others. */
  const stepAll = async (planIds: readonly string[], happened?: Happened): Promise<void> => {
    for (const planId of planIds) {
      if (closed) return;
      await step(planId, happened).then(() => void breaks.delete(planId), (e: unknown) => broke(planId, e));
    }
  };

  function kick(): void {
    if (closed) return;
    relay.kick();
    const oldest = now() - EXPECTED_MS;
    for (const [planId, { since }] of expected) {
      if (since < oldest) expected.delete(planId);
      else look(planId, 'asked');
    }
  }

  async function round(): Promise<void> {
    own.expire(now());
    const due = await store.transaction((tx) => tx.saga.duePlans(now(), 500));
    await stepAll(due.filter((planId) => !own.busy(planId, now())));
    if (rounds % ASK_EVERY === 0) await askAgain();
    if (rounds % FREE_EVERY === 0) await freeUntimely();
    rounds += 1;
    await lookForOthers();
    kick();
  }

  async function askAgain(): Promise<void> {
    const open = new Map((await store.transaction((tx) => tx.saga.unanswered())).map((job) => [messageId(job, job.state === 'undoing' ? 'undo' : 'do'), job]));
    for (const id of silence.tooLong([...open.keys()], now())) {
      const { planId, id: jobId } = open.get(id) as JobRow;
      log.info({ planId, messageId: id }, 'no answer for long; the command is sent again');
      await stepAll([planId], { what: 'silence', jobId });
    }
  }

  /** Stuck for want of time while a clock was wrong: nobody has to notice and say `retry`. */
  async function freeUntimely(): Promise<void> {
    const late = (await store.transaction((tx) => tx.saga.stuckJobs())).filter((job) => untimely(job, now()));
    for (const { planId, name } of late) log.info({ planId, job: name }, 'it got stuck by a wrong clock; it goes on');
    await stepAll([...new Set(late.map((job) => job.planId))], { what: 'resume' });
  }

  /** What another process of the CLC did: to plans whose own job runs here, and by putting others there. */
  async function lookForOthers(): Promise<void> {
    const here = new Set(own.plans());
    for (const planId of here) if (!expected.has(planId)) look(planId);
    for (const planId of await store.transaction((tx) => tx.saga.plansWithOwnJobs())) if (!closed && !here.has(planId)) look(planId);
  }

  function lookForOrders(): void {
    if (closed) return;
    kick();
    lookAgain = lookingForOthers !== null;
    lookingForOthers ??= lookForOthers()
      .catch((e: unknown) => log.warn({ err: e }, 'cannot look for orders now; the clockwork does'))
      .finally(() => {
        lookingForOthers = null;
        if (lookAgain) lookForOrders();
      });
  }

  return {
    ...orders,
    kick,
    lookForOrders,
    async onStatus(status, source) {
      if (status.outcome === 'progress') return;
      const planId = status.jobId.slice(0, Math.max(status.jobId.lastIndexOf('/'), 0));
      await whenTheDatabaseIsThere(async () => {
        let known = false;
        const plan = await step(planId, (jobs) => {
          const job = jobs.find((one) => one.id === status.jobId);
          known = job !== undefined;
          if (!job) return log.warn({ jobId: status.jobId, source }, 'status of an unknown job');
          // A daemon speaks for itself alone; what it says of another's job is kept for whoever looks into it.
          if (job.target !== source.node) throw new CloudError('WRONG_NODE', `${source.node} speaks for ${job.id}, which ${job.target ?? 'nobody'} does`);
          return whatHappened(status, job, source.epoch);
        });
        // Whoever was replaced must not take it from the bus: the one that owns the plan has to hear it.
        if (known && !plan) throw new CloudError('NOT_READY', `the plan of ${status.jobId} belongs to a newer engine`, { retryable: true });
      });
    },
    async onDaemonRegistered(daemonId) {
      await stepAll(await store.transaction((tx) => tx.saga.plansAtDaemon(daemonId)), { what: 'registered', daemonId });
    },
    async resume() {
      await stepAll(await store.transaction((tx) => tx.saga.activePlans()), { what: 'adopted' });
      if (closed) return;
      kick();
      timer ??= setInterval(() => inBackground(this.tick()), TICK_MS);
    },
    tick() {
      ticking ??= round().finally(() => { ticking = null; });
      return ticking;
    },
    async close() {
      closed = true;
      if (timer) clearInterval(timer);
      timer = null;
      await Promise.all([own.close(), relay.close(), ticking?.catch(() => undefined), lookingForOthers]);
      await Promise.all(background);
    },
  };
}

function whatHappened(status: TaskStatus, job: JobRow, presentEpoch: number): Happened {
  const event = { jobId: job.id, op: status.op, attempt: status.attempt };
  if (status.outcome === 'done') {
    const checked = status.op === 'do' ? checkedResult(job.name, status.result) : { ok: true as const, result: null };
    return checked.ok ? { what: 'done', ...event, result: checked.result } : { what: 'failed', ...event, error: checked.error };
  }
  const error = status.error ?? toWire(new CloudError('INTERNAL', say('failedSilently')));
  if (error.code === 'STALE_EPOCH') {
    const sentEpoch = error.data?.['sentEpoch'];
    return { what: 'readdress', ...event, sentEpoch: typeof sentEpoch === 'number' ? sentEpoch : null, presentEpoch };
  }
  const daemon = job.target ?? job.role;
  const why = error.message.includes(daemon) ? error.why : say(status.op === 'undo' ? 'undoAt' : 'jobAt', { job: job.name, daemon, why: whyOf(error) });
  const message = why ? inWords(why, 'en') : error.message;
  return { what: 'failed', ...event, error: { ...error, message: message.slice(0, 4000), ...(why ? { why } : {}), data: { ...error.data, job: job.name, daemon: job.target ?? job.role } } };
}
