// Tells leaks from noise: what rose steadily while people worked, and what did not come back after everything was deleted and quiet. Pure.
import { HISTORY } from './history-rows.ts';
import { median, trendOf, type Point } from './slope.ts';

/** Of one moment: value by series, e.g. `clc heap MB`, `rows tasks`, `messages cmd.nc-1`. */
export interface Sample { atMs: number; values: Readonly<Record<string, number>> }

export interface Soaked {
  /** All deleted and quiet, after the first people had warmed everything up. */
  before: Sample;
  /** While people worked. */
  during: readonly Sample[];
  /** All deleted and quiet again. */
  after: Sample;
  /** Tasks begun while the samples were taken. */
  tasks: number;
}

export interface Leak { series: string; how: 'rose while people worked' | 'did not come back'; growth: number; perHour: number; perTask: number }

interface Kind {
  matches: RegExp;
  /** So much more is not called a leak: absolutely, or as a share of what was there. */
  slack: number;
  share?: number;
  /** Whatever is done for the first time takes some once and for all, so the level at the beginning of the work counts too, not only the one before it. */
  takesOnce?: boolean;
  /** Follows the work that is there, so only what is left afterwards counts. */
  onlyAfter?: boolean;
}

const KINDS: readonly Kind[] = [
  { matches: / heap MB$/, slack: 3, share: 0.08, takesOnce: true },
  // Freed memory goes back to the system late and in pieces: the heap is the sharper measure.
  { matches: / rss MB$/, slack: 25, share: 0.15, takesOnce: true },
  // Pools of connections are as large as the most that was needed at once.
  { matches: / descriptors$/, slack: 10 },
  { matches: / (timers|handles|sockets)$/, slack: 12 },
  { matches: / (listeners|abort listeners)$/, slack: 40, share: 0.1 },
  { matches: / threads$/, slack: 2 },
  // Time is nothing that could be kept: shown only.
  { matches: / loop delay ms$/, slack: Infinity },
  { matches: /^broker /, slack: 2 },
  { matches: /^messages /, slack: 0, onlyAfter: true },
  { matches: /^redis /, slack: 0, onlyAfter: true },
  { matches: /^rows /, slack: 0, onlyAfter: true },
  { matches: /^(cached )?files /, slack: 0, onlyAfter: true },
];

/** Less is noise in a series of so few samples. */
const SURE_Z = 2.6;
const HOUR_MS = 3_600_000;

const kindOf = (series: string): Kind => {
  const kind = KINDS.find((k) => k.matches.test(series));
  if (!kind) throw new Error(`nobody said how ${series} is judged`);
  return kind;
};

/** Of the first quarter of the work. */
function levelAtFirst(during: readonly Sample[], series: string): number {
  const values = during.slice(0, Math.ceil(during.length / 4)).flatMap((s) => s.values[series] ?? []);
  return values.length > 0 ? median(values) : 0;
}

export interface SeriesSummary { series: string; before: number; during: number; after: number; perHour: number; z: number; history: string | null }

export function summarise({ before, during, after }: Soaked): SeriesSummary[] {
  const names = [...new Set([before, ...during, after].flatMap((s) => Object.keys(s.values)))].sort();
  return names.map((series) => {
    const points = during.flatMap((s): Point[] => (s.values[series] === undefined ? [] : [{ atMs: s.atMs, value: s.values[series] }]));
    const { slope, z } = trendOf(points);
    return {
      series, before: before.values[series] ?? 0, during: points.length > 0 ? median(points.map((p) => p.value)) : 0, after: after.values[series] ?? 0,
      perHour: slope * HOUR_MS, z, history: HISTORY[series] ?? null,
    };
  });
}

export function leaksOf(soaked: Soaked): Leak[] {
  const { before, during, after, tasks } = soaked;
  const worked = (during.at(-1)?.atMs ?? 0) - (during[0]?.atMs ?? 0);
  const leak = (series: string, how: Leak['how'], growth: number, lastedMs: number): Leak => ({ series, how, growth, perHour: (growth * HOUR_MS) / Math.max(1, lastedMs), perTask: growth / Math.max(1, tasks) });
  return summarise(soaked).filter((s) => s.history === null).flatMap((s): Leak[] => {
    const kind = kindOf(s.series);
    const slack = (base: number): number => Math.max(kind.slack, (kind.share ?? 0) * base);
    const rose = (s.perHour * worked) / HOUR_MS;
    if (!kind.onlyAfter && s.z > SURE_Z && rose > slack(s.during)) return [leak(s.series, 'rose while people worked', rose, worked)];
    const level = kind.takesOnce ? Math.max(s.before, levelAtFirst(during, s.series)) : s.before;
    const left = s.after - level;
    return left > slack(level) ? [leak(s.series, 'did not come back', left, after.atMs - before.atMs)] : [];
  });
}
