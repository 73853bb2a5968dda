// Which messages may be handled side by side. A lane is a path of one or two steps: `nc-1/ins-1` and `nc-1/ins-2` go side by side,
// `nc-1` alone is in the way of both and lets nothing of `nc-1` pass. Used by work-queue.ts.

export interface Lanes {
  add(lane: string): void;
  delete(lane: string): void;
  /** Something taken is in its way. */
  blocks(lane: string): boolean;
}

export function createLanes(): Lanes {
  const taken = new Set<string>();
  /** How many lanes below a first step are taken. */
  const below = new Map<string, number>();
  const rootOf = (lane: string): string | null => {
    const at = lane.indexOf('/');
    return at < 0 ? null : lane.slice(0, at);
  };
  return {
    add(lane) {
      const root = rootOf(lane);
      if (root !== null && !taken.has(lane)) below.set(root, (below.get(root) ?? 0) + 1);
      taken.add(lane);
    },
    delete(lane) {
      if (!taken.delete(lane)) return;
      const root = rootOf(lane);
      if (root === null) return;
      const left = (below.get(root) ?? 1) - 1;
      if (left > 0) below.set(root, left);
      else below.delete(root);
    },
    blocks(lane) {
      const root = rootOf(lane);
      return taken.has(lane) || (root === null ? below.has(lane) : taken.has(root));
    },
  };
}
