// Dice that fall the same way for the same seed. Used by the schedule of faults and by the people of the workload.

export interface Seeded {
  /** 0 ≤ n < 1 */
  next(): number;
  /** 0 ≤ n < below */
  int(below: number): number;
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
  /** Dice of their own for one person or purpose: how often others throw does not change them. */
  fork(name: string): Seeded;
}

/** mulberry32: 32 bits of state are enough to decide who falls next. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const dice: Seeded = {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
    int: (below) => Math.floor(dice.next() * below),
    pick(list) {
      if (list.length === 0) throw new Error('nothing to pick from');
      return list[dice.int(list.length)] as (typeof list)[number];
    },
    chance: (probability) => dice.next() < probability,
    fork: (name) => seeded([...name].reduce((hash, c) => Math.imul(hash ^ (c.codePointAt(0) as number), 0x01000193), (seed ^ 0x811c9dc5) >>> 0)),
  };
  return dice;
}
