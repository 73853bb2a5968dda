// The engine against random plans and a random world: answers of every kind, late, doubled and lost; cancels, deadlines, crashes at any
// step, and a replaced engine that does not know it yet. Test-only door: played by *.spec.ts on rows in memory and by test/contract on both databases.
import assert from 'node:assert/strict';
import { type CommandBody, type Envelope, type JobName, type TaskStatus, type WireError } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import fc from 'fast-check';
import { createSaga } from './engine.ts';
import type { JobDefinition, JobRow, OutboxRow, PlanDefinition, PlanRow, PlanState, Saga, SagaStore, SagaTx } from './interface.ts';

/** A fresh database, and what own jobs put into it. */
export interface ModelRig<Tx extends { saga: SagaTx }> {
  store: SagaStore<Tx>;
  /** All three are idempotent. */
  ensure(tx: Tx, thing: string): Promise<void>;
  remove(tx: Tx, thing: string): Promise<void>;
  has(thing: string): Promise<boolean>;
  close(): Promise<void>;
}

type Outcome = 'ok' | 'retryable' | 'permanent' | 'unknown';
/** What a plan is made of; `fc` prints and shrinks it. */
export interface JobPick { kind: 'remote' | 'apply' | 'perform'; undo: boolean; skip: boolean; attempts: number; backFrom: number | null; deadlineMs: number; own: Outcome[] }
export interface PlanPick { jobs: JobPick[]; commitAt: number | null }

const NAMES: readonly JobName[] = ['cacheImage', 'fetchImage', 'stageUpload', 'reserveUpload', 'uploadToCluster', 'uploadToStore'];
const DAEMONS = ['cc-1', 'nc-1'] as const;
const SUBJECTS = ['img-00000001:img-00000002:ins-00000001', 'img-00000001:img-00000002:ins-00000002'] as const;
const ENDED: readonly PlanState[] = ['done', 'failed', 'cancelled'];
const NEXT: Record<PlanState, readonly PlanState[]> = {
  running: ['running', 'unwinding', 'done', 'stuck', 'cancelled'], unwinding: ['unwinding', 'failed', 'stuck', 'cancelled'], stuck: ['stuck', 'running', 'unwinding', 'cancelled'],
  done: [], failed: [], cancelled: [],
};
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

const thingOf = (job: JobName, subject: string): string => `${NAMES.indexOf(job)}${SUBJECTS.indexOf(subject as (typeof SUBJECTS)[number])}`;

// ---- what is random ----

const outcome = fc.constantFrom<Outcome>('ok', 'ok', 'ok', 'retryable', 'permanent', 'unknown');
const jobPick: fc.Arbitrary<JobPick> = fc.record({
  kind: fc.constantFrom('remote', 'remote', 'apply', 'perform'), undo: fc.boolean(), skip: fc.integer({ min: 0, max: 7 }).map((n) => n === 7), attempts: fc.integer({ min: 1, max: 3 }),
  backFrom: fc.option(fc.nat(5)), deadlineMs: fc.constantFrom(500, 5000, 60_000), own: fc.array(outcome, { maxLength: 4 }),
});
const planPick: fc.Arbitrary<PlanPick> = fc.record({ jobs: fc.array(jobPick, { minLength: 1, maxLength: 5 }), commitAt: fc.option(fc.nat(4)) });

type Step =
  | { do: 'start' | 'cancel' | 'resume-stuck'; subject: number }
  /** A command reaches its daemon, which does it, fails, or never answers. Any of those under way: the order of arrival is not promised. */
  | { do: 'deliver'; which: number; outcome: Outcome; effectBeforeFailure: boolean }
  /** A status reaches an engine; it may come again later. */
  | { do: 'answer'; which: number; again: boolean; engine: number }
  | { do: 'pass'; ms: number; engine: number }
  /** A daemon comes back in a new registration; of that the engine may not hear. */
  | { do: 'register'; daemon: number; told: boolean }
  /** Confirms do not come while the bus is down. */
  | { do: 'bus'; up: boolean }
  /** So many commands and answers in order, and all goes well: to get anywhere. */
  | { do: 'go'; count: number }
  /** The newest engine dies at its n-th transaction or publish from now. */
  | { do: 'crash'; steps: number; when: 'before' | 'after' }
  /** A newer engine takes over while the old one goes on. */
  | { do: 'replace' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('start' as const), subject: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'resume-stuck' as const), subject: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.nat(9), outcome, effectBeforeFailure: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(9), again: fc.boolean(), engine: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 1000, 5000, 61_000, 121_000), engine: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('register' as const), daemon: fc.nat(1), told: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('bus' as const), up: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('go' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), steps: fc.nat(6), when: fc.constantFrom('before' as const, 'after' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const) }) },
);

/** How the world is healed: what was lost is asked for again on any of these ways. */
const healing = fc.constantFrom<Healing>('restart', 'register', 'as it is');
type Healing = 'restart' | 'register' | 'as it is';

// ---- the daemons ----

interface Heard { status: TaskStatus; node: string; epoch: number }

/** Two daemons with journal, tombstones and effects, as libs/executor promises them. */
class World {
  readonly underWay: Envelope[] = [];
  readonly answers: Heard[] = [];
  readonly files = new Set<string>();
  /** Daemons that died with a command in hand. */
  readonly forgetful = new Set<string>();
  readonly epochs = new Map<string, number>(DAEMONS.map((d) => [d, 1]));
  readonly journal = new Map<string, TaskStatus>();
  private readonly plans = new Map<string, number>();
  private readonly undone = new Set<string>();

  deliver(envelope: Envelope, outcome: Outcome, effectBeforeFailure: boolean): void {
    const body = envelope.body as CommandBody;
    const node = envelope.target?.node ?? '';
    const epoch = this.epochs.get(node) as number;
    const jobId = envelope.jobId ?? '';
    const of = { jobId, op: body.op, attempt: body.attempt };
    const say = (status: TaskStatus, journaled = true): void => {
      if (journaled) this.journal.set(envelope.id, status);
      this.answers.push({ status, node, epoch });
    };
    const failed = (code: WireError['code'], retryable: boolean, data?: Record<string, unknown>): TaskStatus => ({ ...of, outcome: 'failed', percent: 0, error: { code, message: code, retryable, ...(data ? { data } : {}) } });
    const before = this.journal.get(envelope.id);
    if (before) return say(before);
    if (envelope.target?.epoch !== epoch) return say(failed('STALE_EPOCH', true, { sentEpoch: envelope.target?.epoch }), false);
    const tombstone = `${node}|${envelope.tid}`;
    if (body.plan < (this.plans.get(tombstone) ?? 0)) return say(failed('SUPERSEDED', false));
    if (body.op === 'do' && this.undone.has(jobId)) return say(failed('CANCELLED', false));
    this.plans.set(tombstone, body.plan);
    if (body.op === 'undo') this.undone.add(jobId);
    if (outcome === 'ok' || effectBeforeFailure) this.effect(body, node, envelope.tid ?? '');
    if (outcome === 'unknown') return void this.forgetful.add(node); // died with it, unjournaled: it may come again
    say(outcome === 'ok' ? { ...of, outcome: 'done', percent: 100, result: {} } : failed('TRANSFER_FAILED', outcome === 'retryable'));
  }

  private effect(body: CommandBody, node: string, subject: string): void {
    if (body.job.startsWith('discard')) { for (const file of [...this.files]) if (file.startsWith(`${node} `) && file.endsWith(subject)) this.files.delete(file); }
    else if (body.op === 'do') this.files.add(`${node} ${body.job} ${subject}`);
    else this.files.delete(`${node} ${body.job} ${subject}`);
  }
}

// ---- the engines ----

interface Life { generation: number; dead: boolean; dieIn: number | null; dieWhen: 'before' | 'after' }
interface Engine<Tx extends { saga: SagaTx }> { saga: Saga<Tx>; life: Life }

class Play<Tx extends { saga: SagaTx }> {
  readonly world = new World();
  readonly broken: string[] = [];
  private clock = 1_700_000_000_000;
  private busy = 0;
  private generation = 0;
  private healing = false;
  private readonly engines: Engine<Tx>[] = [];
  private readonly closing: Promise<void>[] = [];
  private readonly calls = new Map<string, number>();
  private busDown = false;
  /** Publishes that wait for the bus, and how their engine lives. */
  private waiting: Array<() => void> = [];
  /** Undo attempts after which a job was stuck. */
  private readonly stuckAfter = new Map<string, number>();

  constructor(private readonly rig: ModelRig<Tx>, private readonly pick: PlanPick) {}

  // -- plans --

  private random(life: Life): PlanDefinition<Tx, PlanRow> {
    const { rig, pick } = this;
    const jobs = pick.jobs.map((p, i): JobDefinition<Tx, PlanRow> => {
      const name = NAMES[i] as JobName;
      const thing = (plan: PlanRow): string => thingOf(name, plan.subject);
      const back = p.backFrom !== null && p.backFrom < i ? { retryFrom: NAMES[p.backFrom] as JobName } : {};
      const common = { name, deadlineMs: p.deadlineMs, retry: { attempts: p.attempts, backoffMs: 100 }, skip: () => p.skip, commit: i === pick.commitAt, ...back };
      if (p.kind === 'remote') return { ...common, target: () => DAEMONS[i % 2] as string, params: () => ({ insId: name }), ...(p.undo ? { undo: 'remote' as const } : {}) };
      const undo = p.undo ? { undo: (tx: Tx, plan: PlanRow) => rig.remove(tx, thing(plan)) } : {};
      if (p.kind === 'apply') {
        return { ...common, ...undo, apply: async (tx, plan) => {
          const now = this.ownOutcome(name, plan, p);
          if (now !== 'ok') throw failure(now === 'permanent' ? 'permanent' : 'retryable');
          if (p.undo) await rig.ensure(tx, thing(plan));
          return {};
        } };
      }
      return { ...common, ...undo, perform: async (plan, _results, signal) => {
        const now = this.ownOutcome(name, plan, p);
        const at = await this.counted(() => rig.store.transaction((tx) => tx.saga.plan(plan.id)));
        if (!life.dead && !signal.aborted && at?.state !== 'running') this.broken.push(`${name} of ${plan.id} is performed though it is ${at?.state}`);
        if (!life.dead && !signal.aborted && (at?.generation ?? 0) > life.generation) this.broken.push(`${name} of ${plan.id} is performed by the replaced engine ${life.generation}`);
        if (now === 'unknown') await new Promise((_, reject) => signal.addEventListener('abort', () => reject(failure('retryable')), { once: true }));
        if (now !== 'ok') throw failure(now === 'permanent' ? 'permanent' : 'retryable');
        // Guarded, as every perform has to be: it may be the late one of an engine that was replaced.
        if (p.undo) await this.counted(() => rig.store.transaction(async (tx) => {
          const job = await tx.saga.job(`${plan.id}/${i}`);
          if (job?.state === 'running' && (await tx.saga.plan(plan.id))?.state === 'running' && !signal.aborted) await rig.ensure(tx, thing(plan));
        }));
        return {};
      } };
    });
    return { name: 'random', load: async (_tx, plan) => plan, jobs, onDone: async () => undefined, onFailed: async () => undefined, onStuck: async () => undefined };
  }

  private ownOutcome(name: JobName, plan: PlanRow, p: JobPick): Outcome {
    if (this.healing) return 'ok';
    const key = `${plan.id} ${name}`;
    const nth = this.calls.get(key) ?? 0;
    this.calls.set(key, nth + 1);
    return p.own[nth] ?? 'ok';
  }

  // -- life --

  private async counted<T>(work: () => Promise<T>): Promise<T> {
    this.busy++;
    try { return await work(); } finally { this.busy--; }
  }

  private async mortal<T>(life: Life, work: () => Promise<T>): Promise<T> {
    const die = (): never => {
      life.dead = true;
      throw new Error('crashed');
    };
    if (life.dead) throw new Error('dead');
    const mine = life.dieIn === null ? false : life.dieIn-- === 0;
    if (mine && life.dieWhen === 'before') die();
    const answer = await this.counted(work);
    if (mine) die();
    // What a dead process asked for may still happen; the answer reaches nobody.
    if (life.dead) throw new Error('dead');
    return answer;
  }

  private async newEngine(): Promise<Engine<Tx>> {
    const life: Life = { generation: ++this.generation, dead: false, dieIn: null, dieWhen: 'before' };
    const saga = createSaga<Tx>({
      store: { transaction: (work) => this.mortal(life, () => this.watched(life.generation, work)) },
      plans: [this.random(life), clearing<Tx>(this.rig)],
      address: async (_tx, daemon) => ({ queue: `cmd.${daemon}`, epoch: this.world.epochs.get(daemon) as number }),
      publish: async (_queue, envelope) => {
        while (this.busDown && !life.dead) await new Promise<void>((resolve) => this.waiting.push(resolve));
        await this.mortal(life, async () => void this.world.underWay.push(structuredClone(envelope)));
      },
      now: () => this.clock, generation: life.generation, log: quiet,
    });
    const engine = { saga, life };
    this.engines.push(engine);
    await this.surviving(engine, () => saga.resume());
    return engine;
  }

  /** Until nothing moves any more by itself. */
  private async settle(): Promise<void> {
    for (let idle = 0; idle < 6; idle = this.busy === 0 ? idle + 1 : 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** A dead engine is thrown away; if it was the newest, another takes its place. */
  private async surviving(engine: Engine<Tx>, work: () => Promise<unknown>): Promise<boolean> {
    const ok = await work().then(() => true, (e: unknown) => (engine.life.dead ? false : Promise.reject(e)));
    await this.settle();
    for (const dead of this.engines.filter((e) => e.life.dead)) {
      this.engines.splice(this.engines.indexOf(dead), 1);
      this.closing.push(dead.saga.close());
      this.wake();
    }
    if (this.engines.at(-1)?.life.generation !== this.generation) await this.newEngine();
    return ok && !engine.life.dead;
  }

  private wake(): void {
    for (const go of this.waiting.splice(0)) go();
  }

  private get newest(): Engine<Tx> { return this.engines.at(-1) as Engine<Tx>; }
  private engine(n: number): Engine<Tx> { return n === 0 ? (this.engines[0] as Engine<Tx>) : this.newest; }

  // -- what may never happen, whoever writes --

  private async watched<T>(generation: number, work: (tx: Tx) => Promise<T>): Promise<T> {
    let seen: string[] = [];
    const answer = await this.rig.store.transaction(async (tx) => {
      seen = [];
      return work({ ...tx, saga: this.watchedSaga(tx.saga, generation, (what) => void seen.push(what)) });
    });
    this.broken.push(...seen);
    return answer;
  }

  private watchedSaga(saga: SagaTx, generation: number, note: (what: string) => void): SagaTx {
    /** Said here once more, independently of the engine's own rules. */
    const pickOf = (plan: PlanRow, job: JobRow): JobPick | null => (plan.name === 'random' ? (this.pick.jobs[job.index] as JobPick) : null);
    const owesUndo = (plan: PlanRow, job: JobRow): boolean => pickOf(plan, job)?.undo === true && job.attempt > 0 && job.state !== 'undone';
    const isCommit = (plan: PlanRow, job: JobRow): boolean => job.index === (plan.name === 'random' ? this.pick.commitAt : 0) && job.state === 'done';
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
        const said = (op: 'do' | 'undo'): TaskStatus | undefined => this.world.journal.get(`${id}:${op}:${op === 'do' ? before.attempt : before.undoAttempt}`);
        if (before.target !== null && before.state !== 'pending') {
          if (set.state === 'done' && said('do')?.outcome !== 'done') note(`${id} is done, but attempt ${before.attempt} was not`);
          if (set.state === 'undone' && said('undo')?.outcome !== 'done') note(`${id} is undone, but attempt ${before.undoAttempt} was not`);
          const ranOut = before.deadlineAt !== null && before.deadlineAt <= this.clock;
          if (before.state === 'running' && set.state === 'failed' && !ranOut && said('do')?.outcome !== 'failed') note(`${id} failed, but attempt ${before.attempt} did not`);
        }
        if (set.state === 'stuck') this.stuckAfter.set(id, before.undoAttempt);
        if (set.undoAttempt !== undefined && before.undoAttempt > 0 && before.undoAttempt % 5 === 0 && this.stuckAfter.get(id) !== before.undoAttempt) note(`${id} is undone ${set.undoAttempt} times and was not stuck`);
        if (set.state === 'running' && before.state !== 'running' && jobs.some((j) => j.index < before.index && j.state !== 'done')) note(`${id} began before its turn`);
        if (set.state === 'undoing' && before.state !== 'undoing') {
          if (jobs.some((j) => j.index > before.index && owesUndo(plan, j))) note(`${id} is undone before a later one`);
          if (jobs.some((j) => isCommit(plan, j))) note(`${id} is undone after the commit`);
        }
        return done;
      },
    };
  }

  // -- steps --

  async begin(): Promise<void> {
    await this.newEngine();
  }

  async take(s: Step): Promise<void> {
    switch (s.do) {
      case 'start': return this.start(SUBJECTS[s.subject] as string);
      case 'cancel': return this.cancel(SUBJECTS[s.subject] as string);
      case 'resume-stuck': return this.resumeStuck(SUBJECTS[s.subject] as string);
      case 'deliver': {
        const [envelope] = this.world.underWay.splice(s.which % Math.max(1, this.world.underWay.length), 1);
        return envelope && this.world.deliver(envelope, s.outcome, s.effectBeforeFailure);
      }
      case 'answer': {
        const heard = this.world.answers[s.which % Math.max(1, this.world.answers.length)];
        return heard && this.tell(heard, s.again, this.engine(s.engine));
      }
      case 'pass':
        this.clock += s.ms;
        return void (await this.ticked(this.engine(s.engine)));
      case 'register': return this.register(DAEMONS[s.daemon] as string, s.told);
      case 'bus':
        this.busDown = !s.up;
        this.wake();
        return this.settle();
      case 'go': return this.go(s.count);
      case 'crash':
        this.newest.life.dieIn = s.steps;
        this.newest.life.dieWhen = s.when;
        return;
      case 'replace':
        return void (await this.newEngine());
    }
  }

  private ticked(engine: Engine<Tx>): Promise<boolean> { return this.surviving(engine, () => engine.saga.tick()); }

  private async tell(heard: Heard, again: boolean, engine: Engine<Tx>): Promise<void> {
    const [planId] = /^.*(?=\/\d+$)/.exec(heard.status.jobId) ?? [''];
    const owner = (await this.rig.store.transaction((tx) => tx.saga.plan(planId)))?.generation ?? 0;
    let refused = false;
    const taken = await this.surviving(engine, () => engine.saga.onStatus(heard.status, { node: heard.node, epoch: heard.epoch }).catch((e: unknown) => {
      if (!hasCode(e, 'NOT_READY')) throw e;
      refused = true;
    }));
    if (taken && !refused && owner > engine.life.generation) this.broken.push(`engine ${engine.life.generation} swallowed a status of ${heard.status.jobId}, which belongs to ${owner}`);
    // The bus delivers it again until it is taken.
    if (taken && !refused && !again) this.world.answers.splice(this.world.answers.indexOf(heard), 1);
  }

  private write<T>(engine: Engine<Tx>, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.mortal(engine.life, () => this.watched(engine.life.generation, work));
  }

  private plansOf(subject: string): Promise<PlanRow[]> { return this.rig.store.transaction((tx) => tx.saga.plansOf(subject)); }

  private async start(subject: string): Promise<void> {
    const engine = this.newest;
    const last = (await this.plansOf(subject)).at(-1);
    if (last?.name === 'random' && last.state === 'done') return; // what it made is compared at the end
    await this.surviving(engine, async () => {
      const order = { subject, name: 'random', input: null };
      await this.write(engine, (tx) => engine.saga.start(tx, order)).catch((e: unknown) => {
        if (!hasCode(e, 'STEP_IN_PROGRESS') || last === undefined || ENDED.includes(last.state)) throw e;
      });
      engine.saga.kick();
    });
  }

  private async cancel(subject: string): Promise<void> {
    const engine = this.newest;
    await this.surviving(engine, async () => {
      await this.write(engine, async (tx) => {
        if ((await tx.saga.activePlan(subject))?.name === 'clearing') return;
        await engine.saga.supersede(tx, subject);
        await engine.saga.start(tx, { subject, name: 'clearing', input: null });
      });
      engine.saga.kick();
    });
  }

  private async resumeStuck(subject: string): Promise<void> {
    const engine = this.newest;
    await this.surviving(engine, async () => {
      await this.write(engine, (tx) => engine.saga.resumeStuck(tx, subject));
      engine.saga.kick();
    });
  }

  private async go(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const envelope = this.world.underWay.shift();
      if (envelope) this.world.deliver(envelope, 'ok', true);
      const [heard] = this.world.answers;
      if (heard) await this.tell(heard, false, this.newest);
    }
  }

  private async register(daemon: string, told: boolean): Promise<void> {
    this.world.epochs.set(daemon, (this.world.epochs.get(daemon) as number) + 1);
    if (!told) return;
    this.world.forgetful.delete(daemon);
    await this.surviving(this.newest, () => this.newest.saga.onDaemonRegistered(daemon));
  }

  /** Nothing fails any more: then everything has to end, and nobody waits for what will not come. */
  async heal(how: Healing): Promise<void> {
    this.healing = true;
    this.busDown = false;
    this.wake();
    for (const engine of this.engines.slice(0, -1)) engine.life.dead = true;
    this.newest.life.dieIn = null;
    if (how === 'restart') this.newest.life.dead = true;
    await this.surviving(this.newest, async () => undefined);
    if (how !== 'restart') for (const daemon of DAEMONS) if (how === 'register' || this.world.forgetful.has(daemon)) await this.register(daemon, true);
    for (let round = 0; ; round++) {
      assert.ok(round < 400, `does not end: ${JSON.stringify(await this.lastPlans())}`);
      while (this.world.underWay.length + this.world.answers.length > 0) await this.go(1);
      const plans = await this.lastPlans();
      if (plans.every((plan) => ENDED.includes(plan.state))) return;
      if (plans.some((plan) => plan.state === 'stuck')) {
        for (const subject of SUBJECTS) await this.resumeStuck(subject);
        continue;
      }
      // A lost answer is known by its daemon's return; whoever still waits in vain would wait until its deadline.
      for (const plan of plans) for (const job of await this.jobsOf(plan.id)) {
        const waits = (job.state === 'running' || job.state === 'undoing') && job.target !== null && job.deadlineAt !== null && job.deadlineAt > this.clock && !ENDED.includes(plan.state);
        assert.ok(!waits, `${job.id} is ${job.state} and waits for an answer that nobody will give`);
      }
      this.clock += 5000;
      await this.ticked(this.newest);
    }
  }

  private jobsOf(planId: string): Promise<JobRow[]> { return this.rig.store.transaction((tx) => tx.saga.jobs(planId)); }

  private async lastPlans(): Promise<PlanRow[]> {
    const all = await Promise.all(SUBJECTS.map((subject) => this.plansOf(subject)));
    return all.flatMap((plans) => plans.slice(-1));
  }

  async intact(): Promise<void> {
    assert.deepEqual(this.broken, []);
    for (const row of await this.rig.store.transaction((tx) => tx.saga.outbox(100))) {
      const [, planId, index, op, attempt] = /^(.*)\/(\d+):(do|undo):(\d+)$/.exec(row.id) ?? [];
      const plan = await this.rig.store.transaction((tx) => tx.saga.plan(planId ?? ''));
      const job = (await this.jobsOf(planId ?? ''))[Number(index)] as JobRow;
      assert.notEqual(plan?.state, 'cancelled', `${row.id} waits in the outbox though its plan was cancelled`);
      const present = Number(attempt) === (op === 'do' ? job.attempt : job.undoAttempt);
      const timedOut = row.envelope.deadline !== null && row.envelope.deadline <= this.clock;
      if (timedOut && present) assert.ok(job.deadlineAt !== null || job.state === 'done' || job.state === 'undone' || job.error?.code !== 'DEADLINE_EXCEEDED', `${row.id} waits in the outbox though it was given up`);
    }
  }

  /** After healing: nothing waits, and what there is follows from how the last plan of each subject ended. */
  async ended(): Promise<void> {
    await this.intact();
    const left: OutboxRow[] = await this.rig.store.transaction((tx) => tx.saga.outbox(100));
    assert.deepEqual(left.map((row) => row.id), [], 'messages wait in the outbox');
    for (const subject of SUBJECTS) {
      const plans = await this.plansOf(subject);
      assert.deepEqual(plans.filter((plan) => !ENDED.includes(plan.state)).map((plan) => `${plan.id} ${plan.state}`), []);
      const last = plans.at(-1);
      if (!last) continue;
      const jobs = await this.jobsOf(last.id);
      if (last.state === 'done') assert.ok(jobs.every((job) => job.state === 'done'), `${last.id} is done, its jobs are ${jobs.map((job) => job.state).join()}`);
      for (const [i, p] of this.pick.jobs.entries()) {
        const name = NAMES[i] as JobName;
        const there = p.kind === 'remote' ? this.world.files.has(`${DAEMONS[i % 2]} ${name} ${subject}`) : await this.rig.has(thingOf(name, subject));
        if (last.name === 'random' && p.skip) assert.equal(jobs[i]?.attempt, 0, `${name} was to be skipped`);
        if (last.name === 'clearing') assert.ok(!there, `${name} of ${subject} is left after a cancel`);
        else if (last.state === 'failed' && p.undo) assert.ok(!there, `${name} of ${subject} is left after a failure`);
        else if (last.state === 'done' && p.undo && !p.skip) assert.ok(there, `${name} of ${subject} is missing after success`);
      }
    }
  }

  async close(): Promise<void> {
    for (const engine of this.engines) {
      engine.life.dead = true;
      this.closing.push(engine.saga.close());
    }
    this.wake();
    await Promise.all(this.closing);
    await this.rig.close();
  }
}

const failure = (how: 'retryable' | 'permanent'): CloudError => new CloudError('TRANSFER_FAILED', `fails: ${how}`, { retryable: how === 'retryable' });

/** Takes everything of the subject away, only forward, like a cancel. */
function clearing<Tx extends { saga: SagaTx }>(rig: ModelRig<Tx>): PlanDefinition<Tx, PlanRow> {
  const patient = { deadlineMs: 600_000, retry: { attempts: 1000, backoffMs: 100 }, params: () => ({}) };
  return {
    name: 'clearing',
    load: async (_tx, plan) => plan,
    jobs: [
      { name: 'releaseCompute', apply: async () => ({}), commit: true, deadlineMs: 60_000 },
      { name: 'discardInstance', target: () => 'nc-1', ...patient },
      { name: 'discardStaging', target: () => 'cc-1', ...patient },
      { name: 'releaseClaims', deadlineMs: 60_000, apply: async (tx, plan) => {
        for (const name of NAMES) await rig.remove(tx, thingOf(name, plan.subject));
        return {};
      } },
    ],
    onDone: async () => undefined, onFailed: async () => undefined, onStuck: async () => undefined,
  };
}

/** Plays random plans and histories. Throws with seed, path and the smallest history that fails. */
export async function playSagaModel<Tx extends { saga: SagaTx }>(options: { rig(): ModelRig<Tx> | Promise<ModelRig<Tx>>; numRuns: number; maxSteps: number }): Promise<void> {
  const command = (s: Step): fc.AsyncCommand<object, Play<Tx>> => ({
    check: () => true,
    run: async (_model, play) => {
      await play.take(s);
      await play.intact();
    },
    toString: () => JSON.stringify(s),
  });
  await fc.assert(fc.asyncProperty(planPick, fc.commands([step.map(command)], { maxCommands: options.maxSteps, size: 'max' }), healing, async (pick, steps, how) => {
    const play = new Play<Tx>(await options.rig(), pick);
    try {
      await play.begin();
      await fc.asyncModelRun(() => ({ model: {}, real: play }), steps);
      await play.heal(how);
      await play.ended();
    } finally {
      await play.close();
    }
  }), { numRuns: options.numRuns });
}
