// One table of ours in the kernel, kept as it is wanted: rules that look things up in sets and maps, and their elements. Only what differs is
// changed, all of it in one transaction of nft, so that packets never see half of it. Connections go on: the kernel keeps them elsewhere.
import { createHash } from 'node:crypto';
import { parseTable, type Observed } from './observe.ts';
import { runNft, type NftRun } from './run-nft.ts';

export interface TableWanted {
  /** `set NAME { type …; }`, `map NAME { … }` and `chain NAME { … }` without elements, in nft's own words. One rule a line. */
  body: string;
  /** Elements of each set and map, written as nft prints them: `10.0.0.1 . tcp . 22`, `tcp . 4000 : 10.0.0.1 . 22`. */
  sets: Readonly<Record<string, readonly string[]>>;
}

export interface Applied {
  /** Elements that came or went; a table that was made anew counts with all of its elements and one more. */
  changed: number;
  /** Elements that nft does not accept, each with its words; everything else is applied. */
  refused: Map<string, string>;
}

export interface NftTable {
  /** null: the table is gone. `look`: as if nothing were known of what the kernel holds. */
  bring(wanted: TableWanted | null, options: { look: boolean }): Promise<Applied>;
}

interface Known { skeleton: string; sets: Map<string, Set<string>> }

/** Marks the version of the rules: a chain that nothing jumps to. */
const MARK = 'version_';
const keyOf = (element: string): string => element.split(' : ')[0] ?? element;
const ruleCount = (body: string): number => body.split('\n').filter((line) => /^\s+\S/.test(line) && !/^\s*(set|map|chain|type|elements|flags|\}|#)/.test(line)).length;

/** Knows nothing of the kernel until the first `bring`. */
export function createNftTable(options: { family: 'ip' | 'inet' | 'bridge'; name: string; run?: NftRun }): NftTable {
  const { family, name, run = runNft } = options;
  const table = `${family} ${name}`;
  /** null = it is not there; 'unknown' = it has to be looked at. */
  let known: Known | null | 'unknown' = 'unknown';

  async function observe(): Promise<Observed | null> {
    try {
      return parseTable(await run(['-j', 'list', 'table', family, name]));
    } catch (e) {
      if (e instanceof Error && /No such file or directory/.test(e.message) && !/cannot be started/.test(e.message)) return null;
      throw e;
    }
  }

  const skeletonOf = (body: string): string => createHash('sha256').update(body).digest('hex').slice(0, 12);
  const elementsOf = (wanted: TableWanted): Map<string, Set<string>> => new Map(Object.entries(wanted.sets).map(([set, elements]) => [set, new Set(elements)]));
  const add = (set: string, elements: Iterable<string>): string => `add element ${table} ${set} { ${[...elements].join(', ')} }\n`;

  function whole(wanted: TableWanted, sets: Map<string, Set<string>>): string {
    const body = `${wanted.body.trimEnd()}\n  chain ${MARK}${skeletonOf(wanted.body)} {\n  }\n`;
    const elements = [...sets].filter(([, s]) => s.size > 0).map(([set, s]) => add(set, s)).join('');
    return `table ${table} { }\ndelete table ${table}\ntable ${table} {\n${body}}\n${elements}`;
  }

  function difference(have: Known, sets: Map<string, Set<string>>): { script: string; changed: number } {
    let script = '';
    let changed = 0;
    for (const [set, want] of sets) {
      const had = have.sets.get(set) ?? new Set();
      const gone = [...had].filter((e) => !want.has(e));
      const come = [...want].filter((e) => !had.has(e));
      if (gone.length > 0) script += `delete element ${table} ${set} { ${gone.map(keyOf).join(', ')} }\n`;
      if (come.length > 0) script += add(set, come);
      changed += gone.length + come.length;
    }
    return { script, changed };
  }

  const count = (sets: Map<string, Set<string>>): number => [...sets.values()].reduce((n, s) => n + s.size, 0);

  /** Which elements nft would not take, found by halves: mostly there is none, and rarely more than one. */
  async function culprits(wanted: TableWanted, sets: Map<string, Set<string>>): Promise<Map<string, string>> {
    const bad = new Map<string, string>();
    const all = [...sets].flatMap(([set, elements]) => [...elements].map((element) => ({ set, element })));
    const search = async (some: typeof all): Promise<void> => {
      const part = new Map<string, Set<string>>();
      for (const { set, element } of some) part.set(set, (part.get(set) ?? new Set()).add(element));
      const why = await run(['-c', '-f', '-'], whole(wanted, part)).then(() => null, (e: unknown) => (e instanceof Error ? e.message : String(e)));
      if (why === null) return;
      if (some.length <= 1) {
        // The rules themselves are at fault, not an element.
        if (!some[0]) throw new Error(why);
        bad.set(some[0].element, why);
        return;
      }
      const half = Math.ceil(some.length / 2);
      await search(some.slice(0, half));
      await search(some.slice(half));
    };
    await search([]);
    await search(all);
    return bad;
  }

  /** @throws what nft says when it does not take the script */
  async function write(wanted: TableWanted, sets: Map<string, Set<string>>, look: boolean): Promise<number> {
    const skeleton = skeletonOf(wanted.body);
    if (look || known === 'unknown') {
      const seen = await observe();
      // Somebody else changed our rules: they are made anew.
      const intact = seen !== null && seen.chains.has(MARK + skeleton) && seen.rules === ruleCount(wanted.body) && Object.keys(wanted.sets).every((set) => seen.sets.has(set));
      known = intact ? { skeleton, sets: seen.sets } : null;
    }
    const remember = (): void => { known = { skeleton, sets }; };
    if (!known || known.skeleton !== skeleton) {
      await run(['-f', '-'], whole(wanted, sets));
      remember();
      return count(sets) + 1;
    }
    const { script, changed } = difference(known, sets);
    if (changed > 0) {
      await run(['-f', '-'], script);
      remember();
    }
    return changed;
  }

  return {
    async bring(wanted, { look }) {
      const none = new Map<string, string>();
      if (wanted === null) {
        if (!look && (known === null || known === 'unknown')) return { changed: 0, refused: none };
        const there = await observe();
        if (there !== null) await run(['-f', '-'], `delete table ${table}\n`);
        known = null;
        return { changed: there === null ? 0 : 1, refused: none };
      }
      const sets = elementsOf(wanted);
      try {
        return { changed: await write(wanted, sets, look), refused: none };
      } catch {
        // What was remembered may be wrong, or one element is: look, then leave out what is refused.
        known = 'unknown';
        try {
          return { changed: await write(wanted, sets, true), refused: none };
        } catch {
          known = 'unknown';
          const refused = await culprits(wanted, sets);
          const rest = new Map([...sets].map(([set, elements]) => [set, new Set([...elements].filter((e) => !refused.has(e)))]));
          return { changed: await write(wanted, rest, true), refused };
        }
      }
    },
  };
}
