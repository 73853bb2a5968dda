// Prints results as table, JSON or YAML, and progress as a bar on a terminal or plain lines elsewhere.
import cliProgress from 'cli-progress';
import { stringify } from 'yaml';
import type { CliFailure } from './failure.ts';

export type OutputForm = 'table' | 'json' | 'yaml';
export interface TextSink { write(text: string): unknown; isTTY?: boolean }
/** Header and how to get the cell. */
export type Column<T> = [header: string, cell: (item: T) => unknown];

/** Columns a text takes on a terminal: CJK and full-width characters take two. */
export const displayWidth = (text: string): number => [...text].reduce((sum, c) => sum + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(c) ? 2 : 1), 0);

// Names come from other people: no escape sequences on our terminal
const plain = (value: unknown): string => (value === null || value === undefined || value === '' ? '-' : String(value)).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');

export function table<T>(items: T[], columns: Column<T>[]): string {
  const rows = [columns.map(([h]) => h), ...items.map((item) => columns.map(([, cell]) => plain(cell(item))))];
  const widths = columns.map((_, i) => Math.max(...rows.map((r) => displayWidth(r[i]!))));
  return rows.map((r) => r.map((c, i) => (i === r.length - 1 ? c : c + ' '.repeat(widths[i]! - displayWidth(c) + 2))).join('').trimEnd()).join('\n');
}

export const humanBytes = (n: number | null | undefined): string => {
  if (n === null || n === undefined) return '-';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const i = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(n) / 10));
  return `${(n / 1024 ** i).toFixed(i === 0 ? 0 : 1)} ${units[i]}`;
};
export const humanTime = (ms: number | null | undefined): string => (ms ? new Date(ms).toISOString().replace('T', ' ').replace(/\.\d+Z$/, 'Z') : '-');

export interface Output {
  form: OutputForm;
  list<T>(items: T[], columns: Column<T>[]): void;
  /** One thing: name and value, one below the other. */
  one<T>(item: T, rows: [label: string, value: unknown][]): void;
  /** For people, on stderr: never mixes with the data. */
  note(line: string): void;
  bar(label: string): Bar;
}
/** `percent` null: it is under way, nobody knows how far. */
export interface Bar { update(percent: number | null, text: string): void; end(): void }

/** A line for people, a problem for programs: for these the only thing on standard error. */
export function printFailure(failure: CliFailure, form: OutputForm, stderr: TextSink): void {
  stderr.write(form === 'table' ? `edu: ${failure.message}\n` : form === 'json' ? `${JSON.stringify(failure.problem)}\n` : stringify(failure.problem));
}

const SILENT_BAR: Bar = { update: () => undefined, end: () => undefined };

export function createOutput(form: OutputForm, stdout: TextSink, stderr: TextSink): Output {
  // A program that reads JSON reads standard error too; a person looks at a terminal.
  const forPeople = form === 'table' || stderr.isTTY === true;
  const data = (value: unknown): void => { stdout.write(form === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value)); };
  return {
    form,
    list: (items, columns) => { if (form === 'table') stdout.write(`${table(items, columns)}\n`); else data(items); },
    one: (item, rows) => {
      if (form !== 'table') { data(item); return; }
      const width = Math.max(...rows.map(([label]) => displayWidth(label)));
      for (const [label, value] of rows) stdout.write(`${label}${' '.repeat(width - displayWidth(label) + 2)}${plain(value)}\n`);
    },
    note: (line) => { if (forPeople) stderr.write(`${line}\n`); },
    bar: (label) => (stderr.isTTY ? terminalBar(label, stderr) : forPeople ? lineBar(label, stderr) : SILENT_BAR),
  };
}

function terminalBar(label: string, sink: TextSink): Bar {
  const bar = new cliProgress.SingleBar({ format: `${label} [{bar}] {share} {text}`, stream: sink as NodeJS.WritableStream, hideCursor: true, clearOnComplete: false, barsize: 30, etaBuffer: 20 }, cliProgress.Presets.shades_classic);
  bar.start(100, 0, { share: '', text: '' });
  return { update: (percent, text) => bar.update(Math.min(100, percent ?? 0), { share: percent === null ? '' : `${Math.floor(Math.min(100, percent))}%`, text: plain(text) }), end: () => bar.stop() };
}

/** A line when the text changes or ten more percent are done. */
function lineBar(label: string, sink: TextSink): Bar {
  let shown = '';
  return {
    update: (percent, text) => {
      const stage = text.replace(/(^| )\d.*$/, '');
      const key = `${stage} ${percent === null ? '' : Math.floor(percent / 10)}`;
      if (key !== shown) sink.write(`${label}${percent === null ? '' : ` ${Math.floor(percent)}%`} ${plain(text)}\n`);
      shown = key;
    },
    end: () => undefined,
  };
}
