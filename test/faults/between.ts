// A whole number within bounds from seeded dice. Used by the schedule and the faults.
import type { Seeded } from './seeded.ts';

/** from ≤ n < to */
export const between = (dice: Seeded, from: number, to: number): number => from + dice.int(to - from);
