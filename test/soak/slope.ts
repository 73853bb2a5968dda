// How fast a series of samples rises, in a way that single outliers do not move: Theil and Sen's median of all slopes, and Mann and Kendall's
// answer to whether it rises at all. Used by judge.ts.

export interface Point { atMs: number; value: number }

export interface Trend {
  /** Per millisecond: the median of the slopes between all pairs of samples. */
  slope: number;
  /** Above 2.33 chance alone would show such a rise in less than one of a hundred flat series. 0: as many pairs fall as rise. */
  z: number;
}

export function trendOf(points: readonly Point[]): Trend {
  const slopes: number[] = [];
  let rising = 0;
  for (const [i, a] of points.entries()) {
    for (const b of points.slice(i + 1)) {
      if (b.atMs === a.atMs) continue;
      slopes.push((b.value - a.value) / (b.atMs - a.atMs));
      rising += Math.sign(b.value - a.value);
    }
  }
  if (slopes.length === 0) return { slope: 0, z: 0 };
  return { slope: median(slopes), z: zOf(rising, points) };
}

/** Of Kendall's S, with the usual corrections for values that come more than once and for counting in whole steps. */
function zOf(s: number, points: readonly Point[]): number {
  const n = points.length;
  const times = new Map<number, number>();
  for (const { value } of points) times.set(value, (times.get(value) ?? 0) + 1);
  const part = (k: number): number => k * (k - 1) * (2 * k + 5);
  const variance = (part(n) - [...times.values()].reduce((sum, k) => sum + part(k), 0)) / 18;
  return variance <= 0 || s === 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
