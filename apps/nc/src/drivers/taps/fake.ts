// Guards that are only remembered, on bridges that are only said: for guests that are only pretended.
import type { TapGuard, Taps } from './interface.ts';

export interface FakeTaps extends Taps {
  now(): readonly TapGuard[];
}

export function createFakeTaps(options: { bridges?: readonly string[] } = {}): FakeTaps {
  let guarded: readonly TapGuard[] = [];
  const words = (guards: readonly TapGuard[]): Set<string> => new Set(guards.map((g) => `${g.tap} ${g.mac} ${g.ip}`));
  return {
    bridges: async () => [...(options.bridges ?? [])],
    unusable: async () => null,
    async keep(guards) {
      const [had, have] = [words(guarded), words(guards)];
      guarded = [...guards];
      return [...had].filter((w) => !have.has(w)).length + [...have].filter((w) => !had.has(w)).length;
    },
    now: () => guarded,
  };
}
