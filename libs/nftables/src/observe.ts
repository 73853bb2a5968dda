// What a table holds in the kernel, from `nft -j list table`: the elements of its sets and maps as nft writes them, its chains, how many rules.
export interface Observed {
  sets: Map<string, Set<string>>;
  chains: Set<string>;
  rules: number;
}

type Json = Record<string, unknown>;

const atom = (value: unknown): string => {
  if (typeof value === 'object' && value !== null && 'concat' in value) return ((value as { concat: unknown[] }).concat).map(atom).join(' . ');
  return String(value);
};
/** An element of a map is a pair; one with a timeout or comment would be an object, and ours have none. */
const element = (value: unknown): string => (Array.isArray(value) ? `${atom(value[0])} : ${atom(value[1])}` : atom(value));

export function parseTable(text: string): Observed {
  const observed: Observed = { sets: new Map(), chains: new Set(), rules: 0 };
  for (const item of (JSON.parse(text) as { nftables: Json[] }).nftables) {
    const set = (item['set'] ?? item['map']) as { name: string; elem?: unknown[] } | undefined;
    if (set) observed.sets.set(set.name, new Set((set.elem ?? []).map(element)));
    if (item['chain']) observed.chains.add((item['chain'] as { name: string }).name);
    if (item['rule']) observed.rules += 1;
  }
  return observed;
}
