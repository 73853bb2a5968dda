// One instance after another, of every lifetime, under random actions of a person, random answers of daemons, late and double ones, and guests
// that stop by themselves. Real commands, plans, engine and database; the daemons are the model, and so is what the node has on its disk.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  allowedActions, DefineInstance, Envelope, INSTANCE_ACTIONS, mayBecome, ModifyInstance, standOf, StopBody,
  type CommandBody, type InstanceAction, type InstanceEvent, type JobName, type Lifetime, type TaskStatus, type WireError,
} from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { modelRuns, modelTimeoutMs } from '@educloud/model-runs';
import { defineInstance } from '../../apps/clc/src/commands/instance/define.ts';
import { deleteInstance } from '../../apps/clc/src/commands/instance/delete.ts';
import { subjectOf } from '../../apps/clc/src/commands/instance/life.ts';
import { modifyInstance } from '../../apps/clc/src/commands/instance/modify.ts';
import { pauseInstance } from '../../apps/clc/src/commands/instance/pause.ts';
import { rebootInstance } from '../../apps/clc/src/commands/instance/reboot.ts';
import { resetInstance } from '../../apps/clc/src/commands/instance/reset.ts';
import { runInstance } from '../../apps/clc/src/commands/instance/run.ts';
import { stopInstance } from '../../apps/clc/src/commands/instance/stop.ts';
import { extendInstance } from '../../apps/clc/src/commands/instance/extend.ts';
import { resumeInstance } from '../../apps/clc/src/commands/instance/resume.ts';
import { suspendInstance } from '../../apps/clc/src/commands/instance/suspend.ts';
import { unpauseInstance } from '../../apps/clc/src/commands/instance/unpause.ts';
import { onInstanceStatus } from '../../apps/clc/src/status/instance-status.ts';
import type { UserInstanceRow } from '../../apps/clc/src/store/index.ts';
import { openClcPlans, RESULTS, SOURCE, type ClcPlans } from '../support/clc-plans.ts';
import { daemonRow } from '../support/store-rows.ts';

const NODE = daemonRow(1).id;
const LIFETIMES: readonly Lifetime[] = ['temporary', 'assigned', 'persistent'];

type Answer = 'ok' | 'retryable' | 'permanent';
type Move =
  | { do: 'act'; action: InstanceAction }
  /** What a person would do next, after all that is under way has ended well. */
  | { do: 'onward' }
  | { do: 'answer'; how: Answer }
  /** An answer comes again. */
  | { do: 'again'; which: number }
  | { do: 'guest'; vmstatus: 'running' | 'stopped'; reason: 'shutdown' | 'crashed' | 'io-error' | 'lost' | ''; epoch: number; seq: number; full: boolean }
  | { do: 'later'; ms: number }
  | { do: 'registers' };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('act' as const), action: fc.constantFrom(...INSTANCE_ACTIONS) }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constant('onward' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), how: fc.constantFrom<Answer>('ok', 'ok', 'ok', 'retryable', 'permanent') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('guest' as const), vmstatus: fc.constantFrom('running' as const, 'stopped' as const), reason: fc.constantFrom('shutdown' as const, 'crashed' as const, 'io-error' as const, 'lost' as const, '' as const), epoch: fc.integer({ min: 1, max: 2 }), seq: fc.nat(30), full: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('later' as const), ms: fc.constantFrom(1000, 5000, 130_000, 4_000_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('registers' as const) }) },
);

const ERRORS: Record<Exclude<Answer, 'ok'>, WireError> = {
  retryable: { code: 'TRANSFER_FAILED', message: 'broke off', retryable: true }, permanent: { code: 'HYPERVISOR_FAILED', message: 'refused', retryable: false },
};
const stop = StopBody.parse({});

class Life {
  private id = '';
  private defined = 0;
  private readonly all: string[] = [];
  private readonly answered: Array<{ envelope: Envelope; how: Answer }> = [];
  private seen = 0;
  private last: InstanceEvent | null = null;
  /** A persistent instance's disk that a person has used, and no reset, delete or change of its lifetime was asked since. */
  private kept = false;

  constructor(private readonly clc: ClcPlans, private readonly first: number) {}

  async define(): Promise<void> {
    const lifetime = LIFETIMES[(this.first + this.defined++) % LIFETIMES.length] as Lifetime;
    this.id = (await defineInstance(this.clc.deps, DefineInstance.parse({ name: `desk ${this.defined}`, imageId: SOURCE, kind: 'rvd', lifetime, ...(this.defined % 2 === 0 ? { autoStop: { afterMinutes: 600, zone: 'UTC' } } : {}) }), 'anna')).id;
    this.all.push(this.id);
    this.last = null;
    this.kept = false;
  }

  async row(): Promise<UserInstanceRow> {
    await this.clc.sent();
    return (await this.clc.deps.store.read.userInstances.userInstance(this.id)) as UserInstanceRow;
  }

  private order(action: InstanceAction): Promise<unknown> {
    const { deps } = this.clc;
    switch (action) {
      case 'run': return runInstance(deps, this.id);
      case 'stop': return stopInstance(deps, this.id, stop);
      case 'reboot': return rebootInstance(deps, this.id, stop);
      case 'pause': return pauseInstance(deps, this.id);
      case 'unpause': return unpauseInstance(deps, this.id);
      case 'suspend': return suspendInstance(deps, this.id);
      case 'resume': return resumeInstance(deps, this.id);
      case 'extend': return extendInstance(deps, this.id, { minutes: 5 });
      case 'reset': return resetInstance(deps, this.id, { data: false });
      case 'modify': return modifyInstance(deps, this.id, ModifyInstance.parse({ cpus: 1 + (this.defined % 3) }), null);
      case 'delete': return deleteInstance(deps, this.id);
    }
  }

  async act(action: InstanceAction): Promise<void> {
    const before = await this.row();
    const inPlace = allowedActions(before).includes(action);
    const pointless = action === 'extend' && inPlace && before.autoStop === null;
    const offered = inPlace && !pointless;
    const refused = await this.order(action).then(() => null, (e: unknown) => e);
    const how = `${action} at ${standOf(before)}`;
    const gone = before.vmState === 'deleted';
    if (refused !== null && !hasCode(refused, gone ? 'NOT_FOUND' : pointless ? 'BAD_REQUEST' : 'WRONG_STATE')) assert.fail(`${how}: ${String(refused)}`);
    if (offered && refused !== null) assert.fail(`${how} was offered and refused: ${String(refused)}`);
    // Asked for again, a deletion under way is the same deletion.
    if (!offered && refused === null && !(action === 'delete' && before.taskState === 'deleting')) assert.fail(`${how} was not offered and not refused`);
    if (refused === null && (action === 'reset' || action === 'delete')) this.kept = false;
  }

  async answer(how: Answer): Promise<void> {
    if ((await this.clc.sent()).length === 0) return;
    const before = await this.row();
    const sent = await this.clc.answer(how === 'ok' ? undefined : ERRORS[how]);
    this.answered.push({ envelope: sent.envelope, how });
    if (sent.envelope.tid !== subjectOf(before)) return;
    if (this.kept) assert.ok(sent.job !== 'discardInstance' && !(sent.job === 'cloneDisk' && sent.op === 'undo'), `${sent.op} ${sent.job}: a disk somebody has used was ordered away at ${standOf(before)}`);
    const after = await this.row();
    if (after.vmState === 'active' && after.taskState === null && after.lifetime === 'persistent') this.kept = true;
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
    await onInstanceStatus(this.clc.deps, Envelope.parse({ v: 1, id: 'm', name: 'insstatus', source: { node: NODE, epoch: word.epoch }, seq: word.seq, body: { full: word.full, instances: [{ insId: this.id, vmstatus: word.vmstatus, reason: word.reason }] } }));
  }

  async onward(): Promise<void> {
    await this.settle();
    const row = await this.row();
    if (row.vmState === 'deleted') return this.define();
    await this.intact();
    const next = row.vmState === 'active' ? 'stop' : (['unpause', 'resume', 'run', 'delete'] as const).find((action) => allowedActions(row).includes(action));
    if (next) await this.act(next);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      if ((await this.clc.sent()).length > 0) { quiet = 0; await this.answer('ok'); } else { quiet++; await this.clc.later(2000); }
    }
  }

  async take(m: Move): Promise<void> {
    if (m.do === 'act') return this.act(m.action);
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
    const row = await this.row();
    for (const event of await read.events.after(this.seen, 1000)) {
      this.seen = event.id;
      const now = event.payload as InstanceEvent;
      if (event.kind !== 'instance' || event.subject !== this.id) continue;
      if (this.last) {
        assert.ok(mayBecome(standOf(this.last), standOf(now)), `${standOf(this.last)} → ${standOf(now)}`);
        if (this.last.taskState !== null && now.taskState !== null && now.taskState !== 'deleting') assert.ok(now.progress >= this.last.progress, `progress went from ${this.last.progress} to ${now.progress}`);
      }
      this.last = now;
    }
    if (this.last) assert.equal(standOf(this.last), standOf(row), 'the last event is not what is');
    const plan = await read.saga.activePlan(subjectOf(row));
    if (!plan) assert.equal(row.taskState, null, `${standOf(row)}, and nobody works on it`);
    else assert.notEqual(row.taskState, null, `${standOf(row)} while ${plan.name} is ${plan.state}`);
    const instance = (await read.instances.instance(this.id))!;
    const [disk, compute, saved] = [await read.ledger.claimOf(this.id, 'disk'), await read.ledger.claimOf(this.id, 'compute'), await read.ledger.claimOf(this.id, 'saved')];
    if (row.vmState === 'active' || row.vmState === 'paused') assert.ok(disk && (compute || plan), `${standOf(row)} without its claims`);
    if (!plan) {
      const off = row.vmState === 'stopped' || row.vmState === 'error' || row.vmState === 'suspended';
      assert.equal(saved !== null, row.vmState === 'suspended', `room for its memory at ${standOf(row)}`);
      if (off) assert.equal(compute, null, `CPU and memory at ${standOf(row)}`);
      if (row.vmState === 'stopped' || row.vmState === 'suspended') assert.equal(disk?.ncId, NODE);
      if (row.vmState === 'initialized' || row.vmState === 'deleted') assert.deepEqual([disk, compute, instance.ncId, row.madeFrom], [null, null, null, null], standOf(row));
      assert.equal(instance.ncId, disk?.ncId ?? null, `placed and claimed differ at ${standOf(row)}`);
      assert.equal(row.madeFrom === null, instance.ncId === null, `made from ${row.madeFrom} at ${standOf(row)}`);
    }
    if (this.kept) assert.ok(disk && instance.ncId === NODE, `the disk somebody has used is not known any more at ${standOf(row)}`);
    const used = (await read.ledger.usage(NODE))?.used;
    let [bytes, cpus] = [0, 0];
    for (const each of await read.instances.instancesByIds(this.all)) {
      if (await read.ledger.claimOf(each.id, 'disk')) bytes += each.diskBytes;
      bytes += (await read.ledger.claimOf(each.id, 'saved'))?.diskBytes ?? 0;
      if (await read.ledger.claimOf(each.id, 'compute')) cpus += each.cpus;
    }
    assert.deepEqual([used?.diskBytes, used?.cpus], [bytes, cpus], 'the ledger is not the sum of its claims');
  }

  /** All goes well from here: whatever the state, the instance comes to rest, and can be deleted without a trace. */
  async end(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      await this.settle();
      if ((await this.row()).taskState === 'stuck') await this.clc.deps.saga.onDaemonRegistered(NODE);
    }
    for (const daemon of [NODE, 'cc-00000001']) await this.clc.deps.saga.onDaemonRegistered(daemon);
    await this.settle();
    const row = await this.row();
    assert.equal(row.taskState, null, `does not rest: ${standOf(row)}`);
    if (row.vmState !== 'deleted') await this.act('delete');
    await this.settle();
    await this.intact();
    assert.equal((await this.row()).vmState, 'deleted');
    const { outbox, active, stuck } = await this.clc.deps.store.read.saga.counts();
    assert.deepEqual({ outbox, active, stuck }, { outbox: 0, active: 0, stuck: 0 });
    assert.deepEqual((await this.clc.deps.store.read.ledger.usage(NODE))?.used, { cpus: 0, memoryMiB: 0, diskBytes: 0 });
  }
}

describe('an instance in any history', function () {
  this.timeout(modelTimeoutMs(180_000));
  it('follows the table, rests only where nobody works on it, offers what it takes, claims what it uses, keeps the disk somebody has used, and can always be deleted', async () => {
    const command = (m: Move): fc.AsyncCommand<object, Life> => ({
      check: () => true,
      run: async (_model, life) => {
        await life.take(m);
        await life.intact();
      },
      toString: () => JSON.stringify(m),
    });
    await fc.assert(fc.asyncProperty(fc.nat(2), fc.commands([move.map(command)], { maxCommands: 24, size: 'max' }), async (first, moves) => {
      const clc = await openClcPlans();
      try {
        const life = new Life(clc, first);
        await life.define();
        await fc.asyncModelRun(() => ({ model: {}, real: life }), moves);
        await life.end();
      } finally {
        await clc.close();
      }
    }), { numRuns: modelRuns(6) });
  });
});
