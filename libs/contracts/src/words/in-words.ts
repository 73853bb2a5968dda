// From code and parameters to words: `say` makes a saying (the daemons), `inWords` shows one (web pages, `edu`, logs).
import { NAMES, type NameKind } from './names.ts';
import type { Part, Said } from './said.ts';
import { SAYINGS, type SayingCode } from './sayings.ts';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

type HolesOf<T extends string> = T extends `${string}{${infer Hole}}${infer Rest}` ? (Hole extends `${infer Name}|${string}` ? Name : Hole) | HolesOf<Rest> : never;
type ArgsOf<C extends SayingCode> = HolesOf<(typeof SAYINGS)[C]['en']>;

export function say<C extends SayingCode>(code: C, ...args: [ArgsOf<C>] extends [never] ? [] : [Record<ArgsOf<C>, Part>]): Said {
  return args.length > 0 ? { code, args: args[0] } : { code };
}

const isSaid = (part: unknown): part is Said => typeof part === 'object' && part !== null && typeof (part as Said).code === 'string';
const isSaying = (code: string): code is SayingCode => Object.hasOwn(SAYINGS, code);

/** A word of ours, e.g. a state: in English the code is the word. Unknown ones are shown as they are. */
export function named(kind: NameKind, value: string, language: Language): string {
  if (language === 'en') return value;
  const names: Record<string, { zh: string }> = NAMES[kind];
  return Object.hasOwn(names, value) ? names[value]!.zh : value;
}

/** Note of a job that waits until another one of its kind has ended on its daemon: so many guests start at once, so many files are copied. */
export const WAITS_FOR_TURN = 'waits-for-turn';

/** Beside a progress bar: `cc→nc`, from whom to whom. Anything else is shown as it came. */
export const noteInWords = (note: string, language: Language): string => note === WAITS_FOR_TURN ? inWords({ code: 'waitsForTurn' }, language) : note.split('→').map((who) => named('role', who, language)).join('→');

const isNameKind = (kind: string): kind is NameKind => Object.hasOwn(NAMES, kind);
const BETWEEN: Record<Language, string> = { en: ', ', zh: '、' };
/** Deep enough for an error inside of an error inside of a message; a loop made by somebody ends here. */
const DEEPEST = 6;

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
function size(bytes: number): string {
  const unit = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** unit).toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}

function part(value: unknown, kind: string | undefined, language: Language, depth: number): string {
  if (value === null || value === undefined || depth > DEEPEST) return '';
  if (Array.isArray(value)) return value.map((each) => part(each, kind, language, depth + 1)).join(BETWEEN[language]);
  if (isSaid(value)) return show(value, language, depth + 1);
  if (kind === 'bytes' && typeof value === 'number') return size(value);
  if (kind === 'time' && typeof value === 'number') return new Date(value).toISOString().replace('T', ' ').replace(/\.\d+Z$/, 'Z');
  return kind !== undefined && isNameKind(kind) ? named(kind, String(value), language) : String(value);
}

function show(said: Said, language: Language, depth: number): string {
  if (!isSaying(said.code)) return typeof said.args?.['text'] === 'string' ? said.args['text'] : said.code;
  return SAYINGS[said.code][language].replace(/\{(\w+)(?:\|(\w+))?\}/g, (_hole, name: string, kind: string | undefined) => part(said.args?.[name], kind, language, depth));
}

/** The text in one language. A code of a newer version is shown as it is. */
export const inWords = (said: Said, language: Language): string => show(said, language, 0);

const WITHOUT_HOLES = new Map(Object.entries(SAYINGS).filter(([, saying]) => !saying.en.includes('{')).map(([code, saying]) => [saying.en as string, code]));
/** The saying whose English text this is, if it is one of ours: for libraries that carry plain texts only. */
export function saidOf(english: string): Said | null {
  const code = WITHOUT_HOLES.get(english);
  return code === undefined ? null : { code };
}

/** A text that came with the cloud, in the reader's language; one that somebody wrote, as he wrote it. */
export function shippedText(english: string, language: Language): string {
  const said = saidOf(english);
  return said ? inWords(said, language) : english;
}
