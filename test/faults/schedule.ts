// Which fault strikes what, when and for how long. A pure function of the seed: the same seed gives the same schedule.
import { between } from './between.ts';
import type { Fault, Shape } from './faults/interface.ts';
import { seeded } from './seeded.ts';

export interface Strike { atMs: number; lastsMs: number; fault: string; target: string; seed: number }

export interface ScheduleOptions {
  seed: number;
  shape: Shape;
  faults: readonly Fault[];
  /** So long, or until there are so many. */
  until: { lengthMs: number } | { strikes: number };
  /** Mean time from one strike to the next. */
  gapMs: number;
  /** At most so many at once. */
  overlap: number;
}

export function scheduleOf({ seed, shape, faults, until, gapMs, overlap }: ScheduleOptions): Strike[] {
  const random = seeded(seed);
  const possible = faults.flatMap((fault) => {
    const targets = fault.targets(shape);
    return targets.length > 0 ? [{ fault, targets }] : [];
  });
  const lots = possible.flatMap((one) => Array.from({ length: one.fault.weight ?? 1 }, () => one));
  const strikes: Array<Strike & { touches: string[] }> = [];
  const lengthMs = 'lengthMs' in until ? until.lengthMs : Infinity;
  const most = 'strikes' in until ? until.strikes : Infinity;
  // The cloud gets a moment to have something to lose.
  for (let atMs = 3_000; atMs < lengthMs && strikes.length < most; atMs += Math.round(-Math.log(1 - random.next()) * gapMs) + 50) {
    const { fault, targets } = random.pick(lots);
    const target = random.pick(targets);
    const lastsMs = Math.min(between(random, fault.lastsSeconds.from * 1000, fault.lastsSeconds.to * 1000), Math.max(1_000, lengthMs - atMs));
    const strike = { atMs, lastsMs, fault: fault.name, target, seed: between(random, 0, 2 ** 31), touches: fault.touches(target) };
    const meanwhile = strikes.filter((s) => s.atMs + s.lastsMs + SETTLE_MS > atMs);
    if (meanwhile.length < overlap && !meanwhile.some((s) => s.touches.some((t) => strike.touches.includes(t)))) strikes.push(strike);
  }
  return strikes.map(({ touches: _, ...strike }) => strike);
}

/** Healing takes a while: a broker needs seconds to start. */
const SETTLE_MS = 3_000;
