// The three stock saga tests of the house, and the crash test, for any plan on a simulated world. Test-only door: used by *.spec.ts.
import assert from 'node:assert/strict';
import { type CommandBody, type Envelope, type JobName, type TaskStatus } from '@educloud/contracts';
import { CloudError, toWire } from '@educloud/errors';
import { createSaga } from './engine.ts';
import type { JobDefinition, PlanDefinition, PlanRow, Saga, SagaStore, SagaTx } from './interface.ts';

/** What the daemons would do. Both halves are ensures, like the real ones. */
export interface SimulatedWorld {
  do(job: JobName, params: unknown, daemon: string): unknown;
  undo(job: JobName, params: unknown, daemon: string): void;
}

export interface StockRig<Tx extends { saga: SagaTx }> {
  store: SagaStore<Tx>;
  world: SimulatedWorld;
  /** All there is, in world and database, that the plan may add or take away; compared with deepEqual. */
  things(): unknown;
}

export interface StockSubject<Tx extends { saga: SagaTx }> {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any plan at all
  plan: PlanDefinition<Tx, any>;
  subject: string;
  input?: unknown;
  /** A fresh world and a fresh database, as the plan finds them. */
  setUp(): StockRig<Tx> | Promise<StockRig<Tx>>;
  /** False for plans that only clear away: a failed one need not restore anything. */
  failsClean?: boolean;
  /** False: the engine does not die at each of its steps, which takes a database for each of them. */
  crashes?: boolean;
  /** Jobs that have nothing to do in this setting: none of them can fail. */
  idle?: readonly JobName[];
}

export interface Faults {
  /** Each effect of a daemon happens twice, as after a crash between effect and journal. */
  twice?: 'do' | 'undo';
  /** This job fails, before or after its effect. */
  failAt?: { job: JobName; when: 'before' | 'after' };
  /** The engine dies at its n-th step (a transaction or a publish), before or after it. */
  crashAt?: { step: number; when: 'before' | 'after' };
}

export interface Played { plan: PlanRow; rig: StockRig<{ saga: SagaTx }>; steps: number; before: unknown; undone: string[] }

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const CLOCK_STEP_MS = 1000;
const MAX_ROUNDS = 3000;

/** Plays one plan to its end in simulated time. */
export async function playPlan<Tx extends { saga: SagaTx }>(subject: StockSubject<Tx>, faults: Faults = {}): Promise<Played> {
  const rig = await subject.setUp();
  const before = structuredClone(await rig.things());
  const queue: Envelope[] = [];
  const undone: string[] = [];
  let clock = 1_700_000_000_000;
  let steps = 0;
  let underWay = 0;
  let crashed = false;

  /** Counts a step of one engine's life; a dead engine does nothing more. */
  const mortal = (life: { dead: boolean }) => async <T>(work: () => Promise<T>): Promise<T> => {
    const die = (): never => {
      life.dead = true;
      crashed = true;
      throw new Error('crashed');
    };
    if (life.dead) throw new Error('dead');
    const mine = ++steps;
    const crash = !crashed && faults.crashAt?.step === mine ? faults.crashAt.when : null;
    if (crash === 'before') die();
    underWay++;
    try {
      const answer = await work();
      if (crash === 'after') die();
      return answer;
    } finally {
      underWay--;
    }
  };
  const live = (generation: number): { saga: Saga<Tx>; life: { dead: boolean } } => {
    const life = { dead: false };
    const step = mortal(life);
    const saga = createSaga<Tx>({
      store: { transaction: (work) => step(() => rig.store.transaction(work)) },
      plans: [sabotaged(subject.plan, faults)],
      address: async () => ({ queue: 'simulated', epoch: 1 }),
      publish: (_queue, envelope) => step(async () => void queue.push(structuredClone(envelope))),
      now: () => clock, generation, log: quiet,
    });
    return { saga, life };
  };
  const settle = async (): Promise<void> => {
    for (let idle = 0; idle < 8; idle = underWay === 0 ? idle + 1 : 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const answer = (envelope: Envelope): TaskStatus => {
    const body = envelope.body as CommandBody;
    const job = body.job as JobName;
    const daemon = envelope.target?.node ?? '';
    const say = (outcome: 'done' | 'failed', more: object): TaskStatus => ({ jobId: envelope.jobId ?? '', op: body.op, attempt: body.attempt, outcome, percent: 100, ...more });
    try {
      if (body.op === 'undo') {
        for (let i = faults.twice === 'undo' ? 2 : 1; i > 0; i--) rig.world.undo(job, body.params, daemon);
        undone.push(job);
        return say('done', {});
      }
      const broken = faults.failAt?.job === job ? faults.failAt.when : null;
      if (broken === 'before') throw new CloudError('HYPERVISOR_FAILED', `${job} fails here`);
      let result: unknown;
      for (let i = faults.twice === 'do' ? 2 : 1; i > 0; i--) result = rig.world.do(job, structuredClone(body.params), daemon);
      if (broken === 'after') throw new CloudError('HYPERVISOR_FAILED', `${job} fails after its effect`);
      return say('done', { result: result ?? {} });
    } catch (e) {
      return say('failed', { error: toWire(e) });
    }
  };

  let generation = 1;
  let { saga, life } = live(generation);
  /** What is lost in a crash is asked again by whoever asked: the person for a start, the bus for a status. */
  const surviving = async (work: () => Promise<unknown>): Promise<boolean> => {
    const ok = await work().then(() => true, (e: unknown) => (life.dead ? false : Promise.reject(e)));
    await settle();
    if (!life.dead) return ok;
    await saga.close();
    ({ saga, life } = live(++generation));
    await saga.resume();
    await settle();
    return ok;
  };
  const rows = (): Promise<PlanRow[]> => rig.store.transaction((tx) => tx.saga.plansOf(subject.subject));
  try {
    await surviving(() => saga.resume());
    const start = (): Promise<unknown> =>
      rig.store.transaction((tx) => saga.start(tx, { subject: subject.subject, name: subject.plan.name, input: subject.input ?? null })).then(() => saga.kick());
    await surviving(start);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const plan = (await rows()).at(-1) as PlanRow;
      if (plan.state === 'stuck') return { plan, rig, steps, before, undone };
      const message = queue.shift();
      if (message) {
        const status = answer(message);
        // The bus delivers the status again until it is taken.
        while (!(await surviving(() => saga.onStatus(status, { node: message.target?.node ?? '', epoch: 1 })))) continue;
      } else if (plan.state !== 'running' && plan.state !== 'unwinding') {
        await settle();
        if (queue.length === 0) return { plan, rig, steps, before, undone };
      } else {
        clock += CLOCK_STEP_MS;
        await surviving(() => saga.tick());
      }
    }
    throw new Error(`${subject.plan.name} did not end`);
  } finally {
    await saga.close();
  }
}

/** Own jobs fail where they are told to, too. An `apply` fails before it writes: check first, then write. */
function sabotaged<Tx>(plan: PlanDefinition<Tx, unknown>, faults: Faults): PlanDefinition<Tx, unknown> {
  const fails = (when: 'before' | 'after', name: JobName): void => {
    if (faults.failAt?.job === name && faults.failAt.when === when) throw new CloudError('HYPERVISOR_FAILED', `${name} fails ${when} its effect`);
  };
  const twice = faults.twice === 'do' ? 2 : 1;
  const jobs = plan.jobs.map((job): JobDefinition<Tx, unknown> => {
    const { apply, perform, undo } = job;
    return {
      ...job,
      ...(apply && { apply: async (tx, ctx, results) => (fails('before', job.name), apply(tx, ctx, results)) }),
      ...(perform && {
        perform: async (ctx, results, signal) => {
          fails('before', job.name);
          let result: unknown;
          for (let i = twice; i > 0; i--) result = await perform(ctx, results, signal);
          fails('after', job.name);
          return result;
        },
      }),
      ...(typeof undo === 'function' && faults.twice === 'undo' && { undo: async (tx, ctx, results) => (await undo(tx, ctx, results), undo(tx, ctx, results)) }),
    } as JobDefinition<Tx, unknown>;
  });
  return { ...plan, jobs };
}

/** Registers the stock tests of one plan with mocha. */
export function stockSagaTests<Tx extends { saga: SagaTx }>(title: string, subject: StockSubject<Tx>): void {
  const commit = subject.plan.jobs.findIndex((job) => job.commit);
  const undoable = subject.plan.jobs.slice(0, commit < 0 ? undefined : commit + 1).filter(({ name }) => !subject.idle?.includes(name));
  const failures = undoable.flatMap((job) => (['before', 'after'] as const).filter((when) => when === 'before' || !job.apply).map((when) => ({ job: job.name, when })));
  const left = (played: Played): unknown => played.rig.things();

  describe(title, () => {
    it('every job may run twice', async () => {
      const once = await playPlan(subject);
      assert.equal(once.plan.state, 'done', once.plan.error?.message);
      const twice = await playPlan(subject, { twice: 'do' });
      assert.equal(twice.plan.state, 'done', twice.plan.error?.message);
      assert.deepEqual(await left(twice), await left(once));
    });

    if (subject.failsClean !== false) {
      it('fails at each job and nothing is left', async () => {
        for (const failAt of failures) {
          const played = await playPlan(subject, { failAt });
          assert.equal(played.plan.state, 'failed', `${failAt.job} ${failAt.when}`);
          assert.deepEqual(await left(played), played.before, `left after ${failAt.job} failed ${failAt.when} its effect`);
        }
      });

      it('every undo may run twice', async () => {
        for (const failAt of failures) {
          const played = await playPlan(subject, { failAt, twice: 'undo' });
          assert.equal(played.plan.state, 'failed', `${failAt.job} ${failAt.when}`);
          assert.deepEqual(await left(played), played.before, `left after ${failAt.job} failed ${failAt.when} its effect`);
        }
      });
    }

    if (subject.crashes === false) return;

    it('goes on after a crash before or after every step of the engine', async () => {
      const whole = await playPlan(subject);
      for (let step = 1; step <= whole.steps; step++) {
        for (const when of ['before', 'after'] as const) {
          const played = await playPlan(subject, { crashAt: { step, when } });
          assert.equal(played.plan.state, 'done', `crash ${when} step ${step}: ${played.plan.error?.message ?? ''}`);
          assert.deepEqual(await left(played), await left(whole), `crash ${when} step ${step}`);
        }
      }
    });

    it('takes everything back also when the engine crashes on the way', async function () {
      const failAt = failures.at(-1);
      if (!failAt || subject.failsClean === false) return this.skip();
      const whole = await playPlan(subject, { failAt });
      for (let step = 1; step <= whole.steps; step++) {
        for (const when of ['before', 'after'] as const) {
          const played: Played = await playPlan(subject, { failAt, crashAt: { step, when } });
          assert.equal(played.plan.state, 'failed', `crash ${when} step ${step}`);
          assert.deepEqual(await left(played), played.before, `crash ${when} step ${step}`);
        }
      }
    });
  });
}

