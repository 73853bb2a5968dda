// One play of the model: steps of the world around the engines, taken one after the other, then its healing. Played by ../stock-model, which asks
// ./holds after each step and at the end; ./watch says what may never be written.
import assert from 'node:assert/strict';
import { hasCode } from '@educloud/errors';
import type { JobRow, PlanRow, SagaTx } from '../interface.ts';
import { Engines, type Engine } from './engines.ts';
import { DAEMONS, SUBJECTS, type Healing, type PlanPick, type Step } from './picks.ts';
import type { ModelRig } from './rig.ts';
import { ENDED } from './watch.ts';
import { World, type Heard } from './world.ts';

export class Play<Tx extends { saga: SagaTx }> {
  readonly world = new World();
  readonly engines: Engines<Tx>;

  constructor(readonly rig: ModelRig<Tx>, readonly pick: PlanPick) {
    this.engines = new Engines(rig, pick, this.world);
  }

  begin(): Promise<void> { return this.engines.begin(); }

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
        return heard && this.tell(heard, s.again, this.engines.engine(s.engine));
      }
      case 'pass':
        this.engines.clock += s.ms;
        return void (await this.ticked(this.engines.engine(s.engine)));
      case 'register': return this.register(DAEMONS[s.daemon] as string, s.told);
      case 'bus':
        this.engines.setBus(s.up);
        return this.engines.settle();
      case 'go': return this.go(s.count);
      case 'crash':
        this.engines.newest.life.dieIn = s.steps;
        this.engines.newest.life.dieWhen = s.when;
        return;
      case 'replace':
        return this.engines.begin();
    }
  }

  private ticked(engine: Engine<Tx>): Promise<boolean> { return this.engines.surviving(engine, () => engine.saga.tick()); }

  private async tell(heard: Heard, again: boolean, engine: Engine<Tx>): Promise<void> {
    const [planId] = /^.*(?=\/\d+$)/.exec(heard.status.jobId) ?? [''];
    const owner = (await this.rig.store.transaction((tx) => tx.saga.plan(planId)))?.generation ?? 0;
    let refused = false;
    const taken = await this.engines.surviving(engine, () => engine.saga.onStatus(heard.status, { node: heard.node, epoch: heard.epoch }).catch((e: unknown) => {
      if (!hasCode(e, 'NOT_READY')) throw e;
      refused = true;
    }));
    if (taken && !refused && owner > engine.life.generation) this.engines.broken.push(`engine ${engine.life.generation} swallowed a status of ${heard.status.jobId}, which belongs to ${owner}`);
    // The bus delivers it again until it is taken.
    if (taken && !refused && !again) this.world.answers.splice(this.world.answers.indexOf(heard), 1);
  }

  /** Oldest first. */
  plansOf(subject: string): Promise<PlanRow[]> { return this.rig.store.transaction((tx) => tx.saga.plansOf(subject)); }

  private async start(subject: string): Promise<void> {
    const engine = this.engines.newest;
    const last = (await this.plansOf(subject)).at(-1);
    if (last?.name === 'random' && last.state === 'done') return; // what it made is compared at the end
    await this.engines.surviving(engine, async () => {
      const order = { subject, name: 'random', input: null };
      await this.engines.write(engine, (tx) => engine.saga.start(tx, order)).catch((e: unknown) => {
        if (!hasCode(e, 'STEP_IN_PROGRESS') || last === undefined || ENDED.includes(last.state)) throw e;
      });
      engine.saga.kick();
    });
  }

  private async cancel(subject: string): Promise<void> {
    const engine = this.engines.newest;
    await this.engines.surviving(engine, async () => {
      await this.engines.write(engine, async (tx) => {
        if ((await tx.saga.activePlan(subject))?.name === 'clearing') return;
        await engine.saga.supersede(tx, subject);
        await engine.saga.start(tx, { subject, name: 'clearing', input: null });
      });
      engine.saga.kick();
    });
  }

  private async resumeStuck(subject: string): Promise<void> {
    const engine = this.engines.newest;
    await this.engines.surviving(engine, async () => {
      await this.engines.write(engine, (tx) => engine.saga.resumeStuck(tx, subject));
      engine.saga.kick();
    });
  }

  private async go(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const envelope = this.world.underWay.shift();
      if (envelope) this.world.deliver(envelope, 'ok', true);
      const [heard] = this.world.answers;
      if (heard) await this.tell(heard, false, this.engines.newest);
    }
  }

  private async register(daemon: string, told: boolean): Promise<void> {
    this.world.epochs.set(daemon, (this.world.epochs.get(daemon) as number) + 1);
    if (!told) return;
    this.world.forgetful.delete(daemon);
    await this.engines.surviving(this.engines.newest, () => this.engines.newest.saga.onDaemonRegistered(daemon));
  }

  /** Nothing fails any more: then everything has to end, and nobody waits for what will not come. */
  async heal(how: Healing): Promise<void> {
    this.engines.healing = true;
    this.engines.setBus(true);
    this.engines.endReplaced();
    this.engines.newest.life.dieIn = null;
    if (how === 'restart') this.engines.newest.life.dead = true;
    await this.engines.surviving(this.engines.newest, async () => undefined);
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
        const waits = (job.state === 'running' || job.state === 'undoing') && job.target !== null && job.deadlineAt !== null && job.deadlineAt > this.engines.clock && !ENDED.includes(plan.state);
        assert.ok(!waits, `${job.id} is ${job.state} and waits for an answer that nobody will give`);
      }
      this.engines.clock += 5000;
      await this.ticked(this.engines.newest);
    }
  }

  jobsOf(planId: string): Promise<JobRow[]> { return this.rig.store.transaction((tx) => tx.saga.jobs(planId)); }

  private async lastPlans(): Promise<PlanRow[]> {
    const all = await Promise.all(SUBJECTS.map((subject) => this.plansOf(subject)));
    return all.flatMap((plans) => plans.slice(-1));
  }

  async close(): Promise<void> {
    await this.engines.close();
    await this.rig.close();
  }
}
