// What a soak prints: every series with where it began, what it did and where it ended; and each leak in one line. Used by main.ts.
import { summarise, type Leak, type Soaked } from './judge.ts';

const show = (n: number): string => (Number.isInteger(n) ? String(n) : n.toFixed(Math.abs(n) < 10 ? 2 : 1));

/** Without series that were always 0, and as a Markdown table. */
export function seriesTable(soaked: Soaked): string {
  const head = ['series', 'quiet before', 'at work (median)', 'rises per hour', 'quiet after', 'history kept for'];
  const rows = summarise(soaked)
    .filter((s) => s.before !== 0 || s.during !== 0 || s.after !== 0)
    .map((s) => [s.series, show(s.before), show(s.during), Math.abs(s.z) > 2 ? show(s.perHour) : '–', show(s.after), s.history ?? '']);
  const width = head.map((h, i) => Math.max(h.length, ...rows.map((r) => (r[i] as string).length)));
  const line = (cells: string[]): string => `| ${cells.map((c, i) => c.padEnd(width[i] as number)).join(' | ')} |`;
  return [line(head), `|${width.map((w) => '-'.repeat(w + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}

export const leakLine = (leak: Leak): string => `${leak.series} ${leak.how}: ${show(leak.growth)} more, ${show(leak.perHour)} per hour, ${leak.perTask.toPrecision(3)} per task`;
