// One build after another under random steps of a person, random answers of daemons, late and double ones, and guests that stop by
// themselves. Real commands, plans, engine and database; the daemons are the model.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BeginImageCreate, Envelope, isResting, mayFollow, STEPS, type CommandBody, type JobName, type PhaseState, type Step, type TaskEvent, type TaskId, type TaskStatus, type WireError } from '@educloud/contracts';
import { allowedSteps } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { modelRuns, modelTimeoutMs } from '@educloud/model-runs';
import { beginImageCreate } from '../../apps/clc/src/commands/image-create/begin.ts';
import { cancelImage, deleteImageTask } from '../../apps/clc/src/commands/image-create/discard.ts';
import { prepareImage } from '../../apps/clc/src/commands/image-create/prepare.ts';
import { retryImage } from '../../apps/clc/src/commands/image-create/retry.ts';
import { runImage } from '../../apps/clc/src/commands/image-create/run.ts';
import { stopImage } from '../../apps/clc/src/commands/image-create/stop.ts';
import { submitImage } from '../../apps/clc/src/commands/image-create/submit.ts';
import { onInstanceStatus } from '../../apps/clc/src/status/instance-status.ts';
import type { TaskRow } from '../../apps/clc/src/store/index.ts';
import { openClcPlans, RESULTS, SOURCE, type ClcPlans } from '../support/clc-plans.ts';
import { daemonRow } from '../support/store-rows.ts';

const NODE = daemonRow(1).id;

type Answer = 'ok' | 'retryable' | 'permanent';
type Move =
  | { do: 'step'; step: Step }
  /** The step that a person would take next, after all that is under way has ended well. */
  | { do: 'onward' }
  | { do: 'answer'; how: Answer }
  /** An answer comes again. */
  | { do: 'again'; which: number }
  /** The node tells of its guest, perhaps an old word. */
  | { do: 'guest'; vmstatus: 'running' | 'stopped'; reason: 'shutdown' | 'crashed' | 'io-error' | ''; epoch: number; seq: number; full: boolean }
  | { do: 'later'; ms: number }
  | { do: 'registers' };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('step' as const), step: fc.constantFrom(...STEPS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('onward' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), how: fc.constantFrom<Answer>('ok', 'ok', 'ok', 'retryable', 'permanent') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('guest' as const), vmstatus: fc.constantFrom('running' as const, 'stopped' as const), reason: fc.constantFrom('shutdown' as const, 'crashed' as const, 'io-error' as const, '' as const), epoch: fc.integer({ min: 1, max: 2 }), seq: fc.nat(30), full: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('later' as const), ms: fc.constantFrom(1000, 5000, 130_000, 4_000_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('registers' as const) }) },
);

const ERRORS: Record<Exclude<Answer, 'ok'>, WireError> = {
  retryable: { code: 'TRANSFER_FAILED', message: 'broke off', retryable: true }, permanent: { code: 'HYPERVISOR_FAILED', message: 'refused', retryable: false },
};
/** Refusals that tell a person the truth about the moment. */
const HONEST = ['WRONG_PHASE', 'STEP_IN_PROGRESS', 'ALREADY_REGISTERED'] as const;
const ONWARD: Partial<Record<PhaseState, Step>> = { 'preparing/pending': 'prepare', 'preparing/failed': 'prepare', 'preparing/prepared': 'run', 'editing/running': 'stop', 'editing/stopped': 'submit' };
const at = (task: Pick<TaskRow, 'phase' | 'state'>): PhaseState => `${task.phase}/${task.state}`;

class Build {
  private tid = '' as TaskId;
  private readonly all: TaskId[] = [];
  private readonly answered: Array<{ envelope: Envelope; how: Answer }> = [];
  private seen = 0;
  private last: TaskEvent | null = null;

  constructor(private readonly clc: ClcPlans) {}

  async begin(): Promise<void> {
    this.tid = (await beginImageCreate(this.clc.deps, SOURCE, BeginImageCreate.parse({ name: 'mine' }), 'anna')).tid as TaskId;
    this.all.push(this.tid);
    this.last = null;
  }

  task(): Promise<TaskRow> { return this.clc.task(this.tid); }

  private order(step: Step): Promise<unknown> {
    const { deps } = this.clc;
    switch (step) {
      case 'prepare': return prepareImage(deps, this.tid);
      case 'run': return runImage(deps, this.tid);
      case 'stop': return stopImage(deps, this.tid, { force: false });
      case 'submit': return submitImage(deps, this.tid);
      case 'retry': return retryImage(deps, this.tid);
      case 'cancel': return cancelImage(deps, this.tid);
      case 'delete': return deleteImageTask(deps, this.tid);
    }
  }

  async step(step: Step): Promise<void> {
    const before = await this.task();
    const offered = allowedSteps(before).includes(step);
    const idle = (await this.clc.deps.store.read.saga.activePlan(this.tid)) === null;
    const refused = await this.order(step).then(() => null, (e: unknown) => e);
    if (refused !== null && !HONEST.some((code) => hasCode(refused, code))) assert.fail(`${step}: ${String(refused)}`);
    const how = `${step} at ${at(before)} (failed step ${before.failedStep ?? 'none'})`;
    if (offered && idle && refused !== null) assert.fail(`${how} was offered and refused: ${String(refused)}`);
    if (!offered && refused === null) assert.fail(`${how} was not offered and not refused`);
  }

  async answer(how: Answer): Promise<void> {
    if ((await this.clc.sent()).length === 0) return;
    const task = await this.task();
    const instance = await this.clc.deps.store.read.instances.instance(task.insId);
    const sent = await this.clc.answer(how === 'ok' ? undefined : ERRORS[how]);
    this.answered.push({ envelope: sent.envelope, how });
    if (sent.envelope.tid !== this.tid) return;
    if (instance?.firstBootAt) assert.ok(!(sent.job === 'cloneDisk' && sent.op === 'undo'), 'a disk that had booted was ordered away');
    if (sent.job === 'discardInstance') assert.ok(['cancelling', 'stuck', 'registering', 'submitted'].includes(task.state), `the instance was ordered away at ${at(task)}`);
  }

  async again(which: number): Promise<void> {
    const old = this.answered[which % Math.max(1, this.answered.length)];
    if (!old) return;
    const { op, attempt, job } = old.envelope.body as CommandBody;
    const outcome = old.how === 'ok' ? { outcome: 'done' as const, result: op === 'do' ? (RESULTS[job as JobName] ?? {}) : {} } : { outcome: 'failed' as const, error: ERRORS[old.how] };
    const status: TaskStatus = { jobId: old.envelope.jobId ?? '', op, attempt, percent: 0, ...outcome };
    await this.clc.engine.onStatus(status, { node: old.envelope.target?.node ?? '', epoch: 1 });
  }

  async guest(word: Extract<Move, { do: 'guest' }>): Promise<void> {
    const { insId } = await this.task();
    const said = { insId, vmstatus: word.vmstatus, reason: word.reason };
    await onInstanceStatus(this.clc.deps, Envelope.parse({ v: 1, id: 'm', name: 'insstatus', source: { node: NODE, epoch: word.epoch }, seq: word.seq, body: { full: word.full, instances: [said] } }));
  }

  async onward(): Promise<void> {
    await this.settle();
    const task = await this.task();
    if (['submitted', 'cancelled', 'deleted'].includes(task.state)) return this.begin();
    const next = task.state === 'stuck' ? 'retry' : ONWARD[at(task)];
    if (next) await this.step(next);
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      if ((await this.clc.sent()).length > 0) { quiet = 0; await this.answer('ok'); } else { quiet++; await this.clc.later(2000); }
    }
  }

  async take(m: Move): Promise<void> {
    if (m.do === 'step') return this.step(m.step);
    if (m.do === 'onward') return this.onward();
    if (m.do === 'answer') return this.answer(m.how);
    if (m.do === 'again') return this.again(m.which);
    if (m.do === 'guest') return this.guest(m);
    if (m.do === 'later') return this.clc.later(m.ms);
    return this.clc.deps.saga.onDaemonRegistered(NODE);
  }

  /** What holds at any moment. */
  async intact(): Promise<void> {
    const { read } = this.clc.deps.store;
    const task = await this.task();
    for (const event of await read.events.after(this.seen, 1000)) {
      this.seen = event.id;
      const now = event.payload as TaskEvent;
      if (event.kind !== 'task' || event.subject !== this.tid) continue;
      if (this.last) assert.ok(mayFollow(at(this.last), at(now)), `${at(this.last)} → ${at(now)}`);
      if (this.last?.phase === now.phase) assert.ok(now.progress >= this.last.progress, `progress of ${now.phase} went from ${this.last.progress} to ${now.progress}`);
      this.last = now;
    }
    if (this.last) assert.equal(at(this.last), at(task), 'the last event is not what is');
    const plan = await read.saga.activePlan(this.tid);
    if (!plan) assert.ok(isResting(task.state) || at(task) === 'preparing/pending', `${at(task)}, and nobody works on it`);
    if (plan?.state === 'running' || plan?.state === 'unwinding') {
      assert.ok(!['prepared', 'running', 'stopped', 'failed', 'cancelled', 'deleted'].includes(task.state), `${at(task)} while ${plan.name} is ${plan.state}`);
    }
    const [disk, compute] = [await read.ledger.claimOf(task.insId, 'disk'), await read.ledger.claimOf(task.insId, 'compute')];
    if (at(task) === 'editing/running') assert.ok(compute, 'it runs without a claim');
    if (['preparing/prepared', 'editing/stopped'].includes(at(task)) && !plan) assert.deepEqual([disk?.ncId, compute], [NODE, null], `claims at ${at(task)}`);
    if (['failed', 'submitted', 'cancelled', 'deleted'].includes(task.state) && !plan) assert.deepEqual([disk, compute], [null, null], `claims at ${at(task)}`);
    const used = (await read.ledger.usage(NODE))?.used;
    const instances = await Promise.all(this.all.map(async (tid) => read.instances.instance((await this.clc.task(tid)).insId)));
    let [bytes, cpus] = [0, 0];
    for (const instance of instances) {
      if (instance && (await read.ledger.claimOf(instance.id, 'disk'))) bytes += instance.diskBytes;
      if (instance && (await read.ledger.claimOf(instance.id, 'compute'))) cpus += instance.cpus;
    }
    assert.deepEqual([used?.diskBytes, used?.cpus], [bytes, cpus], 'the ledger is not the sum of its claims');
  }

  /** All goes well from here: whatever the state, the task comes to rest, and can be ended without a trace. */
  async end(): Promise<void> {
    for (let round = 0; round < 5; round++) {
      await this.settle();
      if ((await this.task()).state === 'stuck') await this.step('retry');
    }
    await this.settle();
    const task = await this.task();
    assert.ok(isResting(task.state) || task.state === 'pending', `does not rest: ${at(task)}`);
    if (task.state !== 'deleted') await this.step('delete');
    await this.settle();
    await this.intact();
    assert.equal((await this.task()).state, 'deleted');
    const { outbox, active, stuck } = await this.clc.deps.store.read.saga.counts();
    assert.deepEqual({ outbox, active, stuck }, { outbox: 0, active: 0, stuck: 0 });
    assert.deepEqual((await this.clc.deps.store.read.ledger.usage(NODE))?.used, { cpus: 0, memoryMiB: 0, diskBytes: 0 });
  }
}

describe('a build in any history', function () {
  this.timeout(modelTimeoutMs(180_000));
  it('follows the table, rests only where nobody works on it, offers what it takes, claims what it uses, and can always be ended', async () => {
    const command = (m: Move): fc.AsyncCommand<object, Build> => ({
      check: () => true,
      run: async (_model, build) => {
        await build.take(m);
        await build.intact();
      },
      toString: () => JSON.stringify(m),
    });
    await fc.assert(fc.asyncProperty(fc.commands([move.map(command)], { maxCommands: 24, size: 'max' }), async (moves) => {
      const clc = await openClcPlans();
      try {
        const build = new Build(clc);
        await build.begin();
        await fc.asyncModelRun(() => ({ model: {}, real: build }), moves);
        await build.end();
      } finally {
        await clc.close();
      }
    }), { numRuns: modelRuns(6) });
  });
});
