// The scene of this library's specs: rows in memory, one daemon whose answers the spec gives, and a clock that stands still until it is moved.
import assert from 'node:assert/strict';
import type { CommandBody, Envelope, JobName, TaskStatus, WireError } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { createSaga } from './engine.ts';
import type { JobDefinition, JobRow, PlanDefinition, PlanRow, Saga } from './interface.ts';
import { createMemorySagaStore, type MemorySagaStore, type MemoryTx } from './memory-store.ts';

export type Tx = MemoryTx<{ events: string[] }>;
export type Jobs = Array<Partial<JobDefinition<Tx, null>> & { name: JobName }>;

export const SUBJECT = 'img-00000001:img-00000002:ins-00000003';
export const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

export const remote = (name: JobName, more: Partial<JobDefinition<Tx, null>> = {}): Jobs[number] => ({ name, target: () => 'nc-1', params: () => ({ insId: 'ins-1' }), undo: 'remote', deadlineMs: 60_000, ...more });
export const failure = (code: string, retryable: boolean): WireError => ({ code, message: 'broken', retryable });

/** What its plans tell is in the state of the store: `done <job>`, `unwinding`, `ended well`, `failed`, `stuck`. */
export const define = (name: string, jobs: Jobs): PlanDefinition<Tx, null> => {
  const note = (what: string) => async (tx: Tx): Promise<void> => void tx.state.events.push(what);
  return {
    name, load: async () => null, jobs: jobs.map((j) => ({ deadlineMs: 60_000, ...j })),
    onJobDone: async (tx, _c, job) => void tx.state.events.push(`done ${job.name}`),
    onUnwinding: note('unwinding'), onDone: note('ended well'), onFailed: note('failed'), onStuck: note('stuck'),
  };
};

/** Until nothing moves any more by itself. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** One for each test. */
export class EngineScene {
  readonly store: MemorySagaStore<{ events: string[] }> = createMemorySagaStore({ events: [] as string[] });
  readonly published: Envelope[] = [];
  clock = 1_000_000;
  /** Of the daemon's registration. */
  epoch = 1;
  busUp = true;
  /** The one that is spoken to; each new engine is. */
  saga!: Saga<Tx>;
  private readonly open: Array<Saga<Tx>> = [];

  /** An engine that knows the plan `p` of these jobs, and `cancel`. */
  engine(jobs: Jobs, generation = 1, answersAreComing = (): boolean => false): Saga<Tx> {
    return this.engineOf([define('p', jobs), define('cancel', [remote('discardInstance', { undo: undefined })])], generation, answersAreComing);
  }

  engineOf(plans: Array<PlanDefinition<Tx, null>>, generation = 1, answersAreComing = (): boolean => false): Saga<Tx> {
    this.saga = createSaga<Tx>({
      store: this.store, plans, generation, log: quiet, now: () => this.clock, answersAreComing,
      address: async () => ({ queue: 'cmd.nc-1', epoch: this.epoch }),
      publish: async (_queue, envelope) => (this.busUp ? void this.published.push(envelope) : Promise.reject(new CloudError('BUS_UNAVAILABLE', 'down'))),
    });
    this.open.push(this.saga);
    return this.saga;
  }

  async start(name = 'p'): Promise<PlanRow> {
    const plan = await this.store.transaction((tx) => this.saga.start(tx, { subject: SUBJECT, name, input: null }));
    this.saga.kick();
    await settle();
    return plan;
  }

  async resumeStuck(): Promise<void> {
    await this.store.transaction((tx) => this.saga.resumeStuck(tx, SUBJECT));
    this.saga.kick();
    await settle();
  }

  async answer(envelope: Envelope | undefined, outcome: 'done' | WireError, source = 'nc-1'): Promise<void> {
    assert.ok(envelope, 'nothing was published');
    const body = envelope.body as CommandBody;
    const status: TaskStatus = { jobId: envelope.jobId ?? '', op: body.op, attempt: body.attempt, outcome: outcome === 'done' ? 'done' : 'failed', percent: 0, ...(outcome === 'done' ? { result: { virtualSizeBytes: 1 } } : { error: outcome }) };
    await this.saga.onStatus(status, { node: source, epoch: this.epoch });
    await settle();
  }

  /** The clock goes on by so much, and the engine looks at it. */
  async later(ms: number): Promise<void> {
    this.clock += ms;
    await this.saga.tick();
    await settle();
  }

  /** Of the newest plan. */
  plan(): PlanRow { return this.store.rows().plans.at(-1) as PlanRow; }
  job(index: number): JobRow { return this.store.rows().jobs.find((j) => j.planId === this.plan().id && j.index === index) as JobRow; }
  events(): string[] { return this.store.rows().state.events; }
  /** Of all messages in their order: `<plan>/<job>:<do or undo>:<attempt>`. */
  ids(): string[] { return this.published.map((e) => e.id.slice(SUBJECT.length + 1)); }

  async close(): Promise<void> {
    await Promise.all(this.open.map((saga) => saga.close()));
  }
}
