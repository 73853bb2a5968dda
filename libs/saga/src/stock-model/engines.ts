// The engines of the model: one leads, replaced ones go on beside it, any of them dies at any step, and the bus to the daemons breaks. Used by ./play.
import type { JobName } from '@educloud/contracts';
import { createSaga } from '../engine.ts';
import type { PlanRow, Saga, SagaTx } from '../interface.ts';
import { clearing, randomPlan, type OwnJobs } from './plans.ts';
import type { JobPick, Outcome, PlanPick } from './picks.ts';
import type { ModelRig } from './rig.ts';
import { createWatch, type Watch } from './watch.ts';
import type { World } from './world.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Life { generation: number; dead: boolean; dieIn: number | null; dieWhen: 'before' | 'after' }
export interface Engine<Tx extends { saga: SagaTx }> { saga: Saga<Tx>; life: Life }

export class Engines<Tx extends { saga: SagaTx }> {
  readonly broken: string[] = [];
  clock = 1_700_000_000_000;
  /** Nothing fails any more: own jobs neither. */
  healing = false;
  private busy = 0;
  private generation = 0;
  private readonly alive: Engine<Tx>[] = [];
  private readonly closing: Promise<void>[] = [];
  private readonly calls = new Map<string, number>();
  private readonly watch: Watch;
  private busDown = false;
  /** Publishes that wait for the bus, and how their engine lives. */
  private waiting: Array<() => void> = [];

  constructor(private readonly rig: ModelRig<Tx>, private readonly pick: PlanPick, private readonly world: World) {
    this.watch = createWatch({ pick, world, now: () => this.clock });
  }

  // -- what its plans ask --

  private ownJobs(life: Life): OwnJobs {
    return { life, outcome: (name, plan, p) => this.ownOutcome(name, plan, p), counted: (work) => this.counted(work), broken: (what) => void this.broken.push(what) };
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

  /** A new one, which from now on is the newest. */
  async begin(): Promise<void> {
    const life: Life = { generation: ++this.generation, dead: false, dieIn: null, dieWhen: 'before' };
    const saga = createSaga<Tx>({
      store: { transaction: (work) => this.mortal(life, () => this.watched(life.generation, work)) },
      plans: [randomPlan(this.rig, this.pick, this.ownJobs(life)), clearing<Tx>(this.rig)],
      address: async (_tx, daemon) => ({ queue: `cmd.${daemon}`, epoch: this.world.epochs.get(daemon) as number }),
      publish: async (_queue, envelope) => {
        while (this.busDown && !life.dead) await new Promise<void>((resolve) => this.waiting.push(resolve));
        await this.mortal(life, async () => void this.world.underWay.push(structuredClone(envelope)));
      },
      now: () => this.clock, generation: life.generation, log: quiet,
    });
    const engine = { saga, life };
    this.alive.push(engine);
    await this.surviving(engine, () => saga.resume());
  }

  /** Until nothing moves any more by itself. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 6; idle = this.busy === 0 ? idle + 1 : 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Does it and settles. A dead engine is thrown away; if it was the newest, another takes its place. False: this one died of it. */
  async surviving(engine: Engine<Tx>, work: () => Promise<unknown>): Promise<boolean> {
    const ok = await work().then(() => true, (e: unknown) => (engine.life.dead ? false : Promise.reject(e)));
    await this.settle();
    for (const dead of this.alive.filter((e) => e.life.dead)) {
      this.alive.splice(this.alive.indexOf(dead), 1);
      this.closing.push(dead.saga.close());
      this.wake();
    }
    if (this.alive.at(-1)?.life.generation !== this.generation) await this.begin();
    return ok && !engine.life.dead;
  }

  private wake(): void {
    for (const go of this.waiting.splice(0)) go();
  }

  get newest(): Engine<Tx> { return this.alive.at(-1) as Engine<Tx>; }
  /** 0: the oldest that is alive; else the newest. */
  engine(n: number): Engine<Tx> { return n === 0 ? (this.alive[0] as Engine<Tx>) : this.newest; }

  /** Those that were replaced die. */
  endReplaced(): void {
    for (const engine of this.alive.slice(0, -1)) engine.life.dead = true;
  }

  setBus(up: boolean): void {
    this.busDown = !up;
    this.wake();
  }

  // -- writing --

  private async watched<T>(generation: number, work: (tx: Tx) => Promise<T>): Promise<T> {
    let seen: string[] = [];
    const answer = await this.rig.store.transaction(async (tx) => {
      seen = [];
      return work({ ...tx, saga: this.watch(tx.saga, generation, (what) => void seen.push(what)) });
    });
    this.broken.push(...seen);
    return answer;
  }

  /** As that engine: it dies with it, and is watched. */
  write<T>(engine: Engine<Tx>, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.mortal(engine.life, () => this.watched(engine.life.generation, work));
  }

  async close(): Promise<void> {
    for (const engine of this.alive) {
      engine.life.dead = true;
      this.closing.push(engine.saga.close());
    }
    this.wake();
    await Promise.all(this.closing);
  }
}
