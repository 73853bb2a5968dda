// What a bench hands back: figures with their limit and baseline, and the small statistics behind them. Used by every bench and by run.ts.

export interface Figure {
  /** e.g. `links.prepare cold ÷ curl` */
  name: string;
  value: number;
  /** `×` for a ratio. */
  unit: string;
  /** The value must not be above; null = reported only. */
  limit: number | null;
  /** The value must not be below. */
  atLeast?: number;
  /** Single measurements behind the value, in its unit. */
  samples?: number[];
  /** What it was compared with, in the same run. */
  baseline?: string;
  /** How it was measured, or where the time goes. */
  note?: string;
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

export function median(values: readonly number[]): number {
  const s = sorted(values);
  const middle = s.length >> 1;
  return s.length === 0 ? NaN : s.length % 2 === 1 ? (s[middle] as number) : ((s[middle - 1] as number) + (s[middle] as number)) / 2;
}

/** Nearest rank. @param share 0–1 */
export const percentile = (values: readonly number[], share: number): number => sorted(values)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? NaN;

export const round = (n: number, digits = 2): number => Number(n.toFixed(digits));

/** `median (smallest–largest, n=…)` */
export const spread = (values: readonly number[], unit: string, digits = 2): string =>
  `${round(median(values), digits)} ${unit} (${round(Math.min(...values), digits)}–${round(Math.max(...values), digits)}, n=${values.length})`;

export const fits = (f: Figure): boolean => (f.limit === null || f.value <= f.limit) && (f.atLeast === undefined || f.value >= f.atLeast);
const limited = (f: Figure): boolean => f.limit !== null || f.atLeast !== undefined;

/** As the terminal and docs/bench.md show it. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((f) => [
    f.name,
    `${round(f.value)} ${f.unit}`,
    f.limit !== null ? `≤ ${f.limit}` : f.atLeast !== undefined ? `≥ ${f.atLeast}` : '–',
    !limited(f) ? '' : fits(f) ? 'yes' : 'MISSES',
    f.samples && f.samples.length > 1 ? `${round(Math.min(...f.samples))}–${round(Math.max(...f.samples))} (n=${f.samples.length})` : '',
    f.baseline ?? '',
  ]);
  const head = ['figure', 'value', 'limit', 'holds', 'spread', 'against'];
  const width = head.map((h, i) => Math.max(h.length, ...rows.map((r) => (r[i] as string).length)));
  const line = (cells: string[]): string => `| ${cells.map((c, i) => c.padEnd(width[i] as number)).join(' | ')} |`;
  return [line(head), `|${width.map((w) => '-'.repeat(w + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}
