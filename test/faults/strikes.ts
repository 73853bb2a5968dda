// Carries a schedule out: each strike at its time, healed after its time, both written into the history. Always heals what it began.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Heal } from './faults/interface.ts';
import type { History } from './history.ts';
import { seeded } from './seeded.ts';
import type { Rig } from './rig/interface.ts';
import type { Strike } from './schedule.ts';

export interface StrikeOptions {
  rig: Rig;
  history: History;
  faults: readonly Fault[];
  strikes: readonly Strike[];
  /** Aborted: what is not begun is left out, what is begun is healed at once. */
  signal: AbortSignal;
  say(text: string): void;
}

/** Resolves when the last one is healed. @throws when a fault could not be made or healed: then the campaign proves nothing */
export async function strikeAll(options: StrikeOptions): Promise<void> {
  const startedAt = performance.now();
  const healed = new Map<string, Promise<unknown>>();
  const ended = await Promise.allSettled(
    options.strikes.map((strike) => {
      // Healing may take longer than planned (a broker that starts): the next one that touches the same waits for it.
      const fault = faultNamed(options.faults, strike.fault);
      const touches = fault.touches(strike.target);
      const before = touches.map((what) => healed.get(what));
      const work = strikeOnce(options, fault, strike, startedAt, before);
      for (const what of touches) healed.set(what, work.catch(() => undefined));
      return work;
    }),
  );
  const failed = ended.find((e) => e.status === 'rejected');
  if (failed) throw failed.reason as Error;
}

function faultNamed(faults: readonly Fault[], name: string): Fault {
  const fault = faults.find((f) => f.name === name);
  if (!fault) throw new Error(`there is no fault ${name}`);
  return fault;
}

async function strikeOnce({ rig, history, signal, say }: StrikeOptions, fault: Fault, strike: Strike, startedAt: number, before: ReadonlyArray<Promise<unknown> | undefined>): Promise<void> {
  const name = `${strike.fault} ${strike.target}`;
  await Promise.all([until(startedAt + strike.atMs, signal), ...before]);
  if (signal.aborted) return;
  let heal: Heal;
  try {
    const done = await fault.inject(rig, strike.target, seeded(strike.seed));
    heal = done.heal;
    history.append({ kind: 'fault', name: strike.fault, target: strike.target, phase: 'inject', detail: done.detail });
    say(`+${((performance.now() - startedAt) / 1000).toFixed(1)} s  ${name} for ${(strike.lastsMs / 1000).toFixed(1)} s ${done.detail ? JSON.stringify(done.detail) : ''}`);
  } catch (e) {
    throw new Error(`${name} could not be done`, { cause: e });
  }
  await until(performance.now() + strike.lastsMs, signal);
  try {
    await heal();
    history.append({ kind: 'fault', name: strike.fault, target: strike.target, phase: 'heal', detail: null });
  } catch (e) {
    throw new Error(`${name} could not be healed`, { cause: e });
  }
}

/** Sooner when the campaign is stopped. */
async function until(at: number, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await sleep(Math.max(0, at - performance.now()), undefined, { signal }).catch(() => undefined);
}
