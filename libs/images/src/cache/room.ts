// Makes room in the cache: takes out what was used longest ago, never what is pinned, read or being filled. Used by the image cache.

export interface Evictable {
  name: string;
  sizeBytes: number;
  usedAt: number;
  /** Pinned, being read or being filled. */
  held: boolean;
}

/** Which versions have to go so that `missingBytes` come free; all that may go when even that is not enough. */
export function chooseVictims(entries: readonly Evictable[], missingBytes: number): Evictable[] {
  const victims: Evictable[] = [];
  let freed = 0;
  for (const entry of entries.filter((e) => !e.held).sort((a, b) => a.usedAt - b.usedAt || (a.name < b.name ? -1 : 1))) {
    if (freed >= missingBytes) break;
    victims.push(entry);
    freed += entry.sizeBytes;
  }
  return victims;
}
