// Which image versions nodes have said they fetched: with one of them a guest's disk needs no way from the store to the node. Only a hint, in memory:
// whoever believes it hears from the node if it is wrong, and goes the long way then. A leader that begins knows nothing and learns it again.
import type { ImageRef } from '@educloud/contracts';

export interface NodesHave {
  note(ncId: string, image: Pick<ImageRef, 'imageId' | 'version'>): void;
  has(ncId: string, image: Pick<ImageRef, 'imageId' | 'version'>): boolean;
}

const KEPT = 20_000;

export function createNodesHave(): NodesHave {
  /** Oldest first. */
  const seen = new Set<string>();
  const key = (ncId: string, { imageId, version }: Pick<ImageRef, 'imageId' | 'version'>): string => `${ncId} ${imageId}.v${version}`;
  return {
    note(ncId, image) {
      seen.delete(key(ncId, image));
      seen.add(key(ncId, image));
      for (const oldest of seen) {
        if (seen.size <= KEPT) break;
        seen.delete(oldest);
      }
    },
    has: (ncId, image) => seen.has(key(ncId, image)),
  };
}
