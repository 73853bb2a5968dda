// Takes commands from the bus, answers what needs no work, journals the rest and runs it. NC, CC, Walrus and SC each make one.
import { CommandBody, ENVELOPE_VERSION, JOBS, type Envelope, type ErrorCode, type JobName, type TaskStatus, type WireError, say, WAITS_FOR_TURN } from '@educloud/contracts';
import { asCloudError, CloudError, toWire } from '@educloud/errors';
import { withLogContext } from '@educloud/log';
import type { AnyJobHandler, Executor, JobContext } from './interface.ts';
import { openJournal } from './journal.ts';
import { createLanes, type Place } from './lanes.ts';
import { createProgressReport } from './progress-report.ts';
import { createReporter } from './reporter.ts';
import { createSlots, type Slots } from './slots.ts';

export interface ExecutorOptions {
  /** This daemon; known once it is registered. */
  daemonId(): string;
  handlers: readonly AnyJobHandler[];
  /** SQLite file; its directory must exist. */
  journalPath: string;
  /** Jobs of a kind that work at once. `boot` 0: any number. */
  slots: { transfer: number; disk: number; boot: number };
  now(): number;
  log: { info(o: object, m?: string): void; warn(o: object, m?: string): void; error(o: object, m?: string): void };
  failpoint?(name: string): void;
  /** Confirmed publish to the status queue of the boss. */
  sendStatus(envelope: Envelope): Promise<void>;
  /** A command names a later registration than ours: the CLC does not count on this one any more. */
  onNewerEpoch?(): void;
  /** Volatile publish. */
  sendProgress(envelope: Envelope): void;
}

interface Work { envelope: Envelope; jobId: string; body: CommandBody; job: JobName; handler: AnyJobHandler; params: unknown; key: string; tombstone: string; since: number; recorded: Promise<void>; place: Place | null; timer: NodeJS.Timeout | null; end: Promise<void> }

const DAY_MS = 86_400_000;
const KEEP_REPORTED_MS = 7 * DAY_MS;
const KEEP_ANYTHING_MS = 30 * DAY_MS;
const PRUNE_EVERY = 1000;
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Reason of an abort after which nothing is answered: the work is taken up again after the next start. */
const STOPPING = Symbol('stopping');

/** Opens the journal; works only once `setEpoch` told of a registration. @throws Error a job has two handlers, or the journal cannot be opened */
export function createExecutor(options: ExecutorOptions): Executor {
  const { now, log } = options;
  const handlers = new Map<string, AnyJobHandler>();
  for (const handler of options.handlers) {
    if (handlers.has(handler.job)) throw new Error(`job ${handler.job} has two handlers`);
    handlers.set(handler.job, handler);
  }
  const journal = openJournal(options.journalPath, now);
  const slots: Record<string, Slots> = { transfer: createSlots(options.slots.transfer), disk: createSlots(options.slots.disk), boot: createSlots(options.slots.boot || Infinity) };
  const lanes = createLanes();
  const works = new Map<string, Work>();
  const reporter = createReporter({ send: options.sendStatus, ready: () => epoch > 0, log });
  let epoch = 0;
  let seq = 0;
  let accepted = 0;
  let closed = false;

  const prune = (): void => void journal.prune(now() - KEEP_REPORTED_MS, now() - KEEP_ANYTHING_MS);
  prune();

  const statusEnvelope = (id: string, to: { tid: string | null; jobId: string; generation: number }, body: TaskStatus): Envelope => ({
    v: ENVELOPE_VERSION, id, name: 'taskstatus', tid: to.tid, jobId: to.jobId, target: null, source: { node: options.daemonId(), epoch },
    generation: to.generation, seq: ++seq, deadline: null, trail: [], body,
  });

  /** The stored result, until it is confirmed. */
  function report(id: string): void {
    const entry = journal.find(id);
    if (!entry || (entry.state !== 'done' && entry.state !== 'failed')) return;
    const status: TaskStatus = {
      jobId: entry.jobId, op: entry.op, attempt: entry.attempt, outcome: entry.state, percent: entry.state === 'done' ? 100 : 0,
      ...(entry.state === 'done' ? { result: entry.result } : {}), ...(entry.error ? { error: entry.error } : {}),
    };
    reporter.report(id, () => statusEnvelope(`${id}:status`, entry, status), () => (closed ? undefined : journal.reported(id)));
  }

  const refuse = (code: ErrorCode, message: string, data?: Record<string, unknown>): WireError => toWire(new CloudError(code, message, data ? { data } : {}));

  const notWritten = (e: unknown): CloudError =>
    // Not acked: the bus keeps it, and hands it over again, until there is room.
    new CloudError('DISK_FULL', say('journalNotWritten', { daemon: options.daemonId() }), { cause: e, internal: options.journalPath, retryable: true });
  const record = (...entry: Parameters<typeof journal.receive>): void => {
    try {
      journal.receive(...entry);
    } catch (e) {
      throw notWritten(e);
    }
  };
  /** What was recorded until now survives a power cut when it resolves. */
  const lasting = (): Promise<void> => journal.lasting().catch((e: unknown) => { throw notWritten(e); });

  /** A final answer without any work. */
  async function answer(envelope: Envelope, what: { job: string; op: 'do' | 'undo'; attempt: number }, error: WireError): Promise<void> {
    record({ envelope, ...what, state: 'failed', error });
    await lasting();
    log.warn({ id: envelope.id, job: what.job, op: what.op, code: error.code, reason: error.message }, 'command refused');
    report(envelope.id);
  }

  async function accept(envelope: Envelope): Promise<void> {
    if (closed) throw new CloudError('NOT_READY', say('daemonStopping'), { retryable: true });
    const target = envelope.target;
    if (!target || target.node !== options.daemonId()) throw new CloudError('WRONG_NODE', `command for ${target?.node ?? 'nobody'} reached ${options.daemonId()}`);
    const known = journal.find(envelope.id);
    if (known?.state === 'done' || known?.state === 'failed') {
      await lasting();
      return report(known.id);
    }
    const underWay = works.get(envelope.id);
    if (underWay) return underWay.recorded;
    if (target.epoch > epoch && epoch > 0) options.onNewerEpoch?.();
    if (target.epoch > epoch) throw new CloudError('NOT_READY', `command for registration ${target.epoch}, present is ${epoch}`, { retryable: true });

    const parsed = CommandBody.safeParse(envelope.body);
    const said = parsed.success ? parsed.data : fromId(envelope.id);
    if (!envelope.jobId || !said) throw new CloudError('MESSAGE_INVALID', 'the command names no job, operation and attempt');
    const handler = handlers.get(said.job);
    if (!parsed.success || !handler) {
      const why = parsed.success ? `${options.daemonId()} has no job ${said.job}` : `the body of the command is not of the agreed shape: ${fields(parsed.error)}`;
      return answer(envelope, said, refuse('MESSAGE_INVALID', why));
    }
    const body = parsed.data;
    const job = handler.job as JobName;
    const params = JOBS[job].params.safeParse(body.params);
    if (!params.success) return answer(envelope, body, refuse('MESSAGE_INVALID', `parameters of ${job}: ${fields(params.error)}`));
    if (target.epoch < epoch) {
      // Not journaled: the same id comes again with the right address.
      const status: TaskStatus = { jobId: envelope.jobId, op: body.op, attempt: body.attempt, outcome: 'failed', percent: 0, error: refuse('STALE_EPOCH', `command for registration ${target.epoch} of ${target.node}, present is ${epoch}`, { sentEpoch: target.epoch }) };
      const to = { tid: envelope.tid, jobId: envelope.jobId, generation: envelope.generation };
      return reporter.report(`${envelope.id}:stale:${target.epoch}`, () => statusEnvelope(`${envelope.id}:stale:${target.epoch}`, to, status), () => undefined);
    }
    if (envelope.deadline !== null && envelope.deadline <= now()) return answer(envelope, body, refuse('EXPIRED', `${naming(job, body.op)} reached ${options.daemonId()} after its deadline`));

    const key = handler.serialKey?.(params.data as never) ?? instanceOf(params.data) ?? envelope.jobId;
    const work: Work = { envelope, jobId: envelope.jobId, body, job, handler, params: params.data, key, tombstone: `${envelope.tid ?? ''}|${key}`, since: now(), recorded: Promise.resolve(), place: null, timer: null, end: Promise.resolve() };
    const outdated = overtaken(work);
    if (outdated) return answer(envelope, body, outdated);

    const rivals = [...works.values()].filter((w) => w.key === key && ((handler.interrupts === true && body.op === 'do') || (body.op === 'undo' && w.jobId === work.jobId && w.body.op === 'do')));
    const immediately = ![...works.values()].some((w) => w.key === key) && (body.op === 'undo' || !handler.slot);
    record({ envelope, job, op: body.op, attempt: body.attempt, state: immediately ? 'running' : 'received' }, { key: work.tombstone, plan: body.plan });
    work.recorded = lasting();
    work.recorded.catch(() => undefined); // accept() and the run both hear it
    if (++accepted % PRUNE_EVERY === 0) prune();
    works.set(envelope.id, work);
    for (const rival of rivals) rival.place?.abort(new CloudError('CANCELLED', `${naming(rival.job, rival.body.op)} was aborted by ${naming(job, body.op)}`));
    const { place, end } = lanes.enter(key, (mine) => withLogContext({ jobId: work.jobId, ...(envelope.tid ? { tid: envelope.tid } : {}) }, () => run(work, mine, immediately)));
    work.place = place;
    work.end = end;
    const leftMs = (envelope.deadline ?? Infinity) - now();
    if (leftMs <= MAX_TIMER_MS) {
      const late = new CloudError('DEADLINE_EXCEEDED', say('jobTooSlow', { job: naming(job, body.op), daemon: options.daemonId() }), { data: { job, daemon: options.daemonId() } });
      work.timer = setTimeout(() => place.abort(late), Math.max(leftMs, 0));
    }
    await work.recorded;
  }

  /** A newer step took over, or the undo came first. */
  function overtaken(work: Work): WireError | null {
    const highest = journal.highestPlan(work.tombstone);
    if (work.body.plan < highest) return refuse('SUPERSEDED', `${naming(work.job, work.body.op)} is of step ${work.body.plan}; step ${highest} took over`);
    if (work.body.op === 'do' && journal.undoSeen(work.jobId)) return refuse('CANCELLED', `${work.job} was undone before it came`);
    return null;
  }

  /** False: the journal could not be written. Nothing has begun, nothing was acked: the command comes again. */
  async function lasts(work: Work): Promise<boolean> {
    try {
      await work.recorded;
      return true;
    } catch {
      if (work.timer) clearTimeout(work.timer);
      works.delete(work.envelope.id);
      return false;
    }
  }

  async function run(work: Work, place: Place, journaledAsRunning: boolean): Promise<void> {
    const { envelope, body } = work;
    const { signal } = place;
    const name = naming(work.job, body.op);
    const progress = createProgressReport<TaskStatus>((status) => options.sendProgress(statusEnvelope(`${envelope.id}:progress:${seq + 1}`, { tid: envelope.tid, jobId: work.jobId, generation: envelope.generation }, status)));
    let outcome: { result: unknown } | { error: WireError };
    let giveBack = (): void => undefined;
    if (!(await lasts(work))) return;
    // The ack goes out first.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      if (body.op === 'do' && work.handler.slot) {
        const slot = slots[work.handler.slot] as Slots;
        if (slot.full()) progress.say({ jobId: work.jobId, op: body.op, attempt: body.attempt, outcome: 'progress', percent: 0, note: WAITS_FOR_TURN });
        giveBack = await slot.take(signal);
      }
      signal.throwIfAborted();
      const outdated = !journaledAsRunning ? overtaken(work) : null;
      if (outdated) outcome = { error: outdated };
      else {
        if (!journaledAsRunning) journal.running(envelope.id);
        options.failpoint?.(`${work.job}:${body.op}:before`);
        const context: JobContext = {
          tid: envelope.tid ?? '', jobId: work.jobId, attempt: body.attempt, signal,
          progress: (percent, more) => progress.say({ jobId: work.jobId, op: body.op, attempt: body.attempt, outcome: 'progress', percent: Math.max(0, Math.min(100, Math.floor(percent) || 0)), ...more }),
        };
        const result: unknown = body.op === 'do' ? await work.handler.do(work.params as never, context) : await work.handler.undo?.(work.params as never, context);
        options.failpoint?.(`${work.job}:${body.op}:after`);
        outcome = { result: body.op === 'do' ? result : {} };
      }
    } catch (e) {
      // Whatever the handler said after it was aborted, this is why it ended.
      const why = signal.aborted ? signal.reason : asCloudError(e, name);
      if (why !== STOPPING) log.warn({ err: e, job: work.job, op: body.op, attempt: body.attempt }, 'job failed');
      outcome = { error: toWire(why) };
    } finally {
      giveBack();
      if (work.timer) clearTimeout(work.timer);
      progress.end();
    }
    // Stopped in the middle: stays unfinished in the journal. What ended well all the same is kept.
    try {
      if (signal.reason !== STOPPING || 'result' in outcome) journal.end(envelope.id, outcome);
      await lasting();
      report(envelope.id);
    } catch (e) {
      // Unfinished in the journal: it runs again when it is sent again.
      log.error({ err: e, id: envelope.id }, 'the result cannot be written to the journal');
    } finally {
      works.delete(envelope.id);
    }
  }

  async function resendUnreported(): Promise<void> {
    const untold = journal.unreported();
    // What has just been noted may not be on the disk yet: nobody is told of it before.
    await lasting();
    for (const id of untold) report(id);
    reporter.wake();
  }

  return {
    accept,
    setEpoch(present) {
      epoch = present;
      if (!closed) resendUnreported().catch((e: unknown) => log.error({ err: e }, 'the journal cannot be read'));
    },
    resendUnreported,
    active: () => [...works.values()].map((w) => ({ jobId: w.jobId, job: w.job, op: w.body.op, since: w.since, key: w.key })),
    nextSeq: () => ++seq,
    async close() {
      if (closed) return;
      closed = true;
      const ends = [...works.values()].map((work) => (work.place?.abort(STOPPING), work.end));
      await Promise.all(ends);
      await reporter.close();
      await journal.close();
    },
  };
}

const naming = (job: string, op: 'do' | 'undo'): string => (op === 'undo' ? `undo of ${job}` : job);
const fields = (error: { issues: ReadonlyArray<{ path: PropertyKey[]; message: string }> }): string => error.issues.slice(0, 5).map((i) => `${i.path.join('.') || 'it'}: ${i.message}`).join('; ');

/** The instance a job is about: most have `insId`, a start has it in `guest`. */
function instanceOf(params: unknown): string | null {
  const p = params as { insId?: unknown; guest?: { insId?: unknown } };
  const id = p.insId ?? p.guest?.insId;
  return typeof id === 'string' ? id : null;
}

/** Message ids end in `:do:1`: enough to answer a body that cannot be read. */
function fromId(id: string): { job: string; op: 'do' | 'undo'; attempt: number } | null {
  const found = /:(do|undo):(\d{1,9})$/.exec(id);
  return found ? { job: '?', op: found[1] as 'do' | 'undo', attempt: Number(found[2]) } : null;
}
