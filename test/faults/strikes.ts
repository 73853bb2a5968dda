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
  const ended = await Promise.allSettled(options.strikes.map((strike) => strikeOnce(options, strike, startedAt)));
  const failed = ended.find((e) => e.status === 'rejected');
  if (failed) throw failed.reason as Error;
}

async function strikeOnce({ rig, history, faults, signal, say }: StrikeOptions, strike: Strike, startedAt: number): Promise<void> {
  const fault = faults.find((f) => f.name === strike.fault);
  if (!fault) throw new Error(`there is no fault ${strike.fault}`);
  const name = `${strike.fault} ${strike.target}`;
  if (!(await until(startedAt + strike.atMs, signal))) return;
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

/** False when it was not to be waited for. */
async function until(at: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  return sleep(Math.max(0, at - performance.now()), true, { signal }).catch(() => false);
}
