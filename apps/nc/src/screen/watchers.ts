// Who has the screen or console of a guest open. Counted by the routes that lead there, told by status/instances.
export interface Watchers {
  /** @returns to be called once when it is closed */
  enter(insId: string): () => void;
  /** Now, or a moment ago: a look that falls between two visits sees them too. */
  watched(insId: string): boolean;
  /** Somebody came to a guest nobody was at. */
  onFirst(listener: (insId: string) => void): void;
}

/** Longer than it is between two inventories: of them. */
const MOMENT = 1.5;

export function createWatchers(deps: { monotonic(): number; inventoryMs(): number }): Watchers {
  const momentMs = (): number => deps.inventoryMs() * MOMENT;
  const open = new Map<string, number>();
  const leftAt = new Map<string, number>();
  const listeners: Array<(insId: string) => void> = [];
  return {
    enter(insId) {
      const there = open.get(insId) ?? 0;
      open.set(insId, there + 1);
      if (there === 0) for (const listener of listeners) listener(insId);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        const others = (open.get(insId) ?? 1) - 1;
        if (others > 0) return void open.set(insId, others);
        open.delete(insId);
        leftAt.set(insId, deps.monotonic());
        for (const [id, at] of leftAt) if (deps.monotonic() - at >= momentMs()) leftAt.delete(id);
      };
    },
    watched: (insId) => open.has(insId) || deps.monotonic() - (leftAt.get(insId) ?? -Infinity) < momentMs(),
    onFirst: (listener) => void listeners.push(listener),
  };
}
