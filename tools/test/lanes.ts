// Work side by side, told one after the other: what the first of them says is shown at once, what the others say when it is their turn.

/** Begins the items in order, never more than `lanes` at a time; `lane` is 0 … lanes-1, and only one item at a time has it. */
export async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T, lane: number) => Promise<void>): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: Math.min(lanes, items.length) }, async (_, lane) => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item, lane);
    }),
  );
}

export interface Voice {
  say(text: string): void;
  /** It has nothing more to say. */
  end(): void;
}

/** Gives each of those who speak at the same time a turn of its own, in the order in which they began. */
export function createTurns(out: (text: string) => void): () => Voice {
  const queue: Array<{ kept: string[]; ended: boolean }> = [];
  function pass(): void {
    for (;;) {
      const first = queue[0];
      if (!first) return;
      for (const text of first.kept.splice(0)) out(text);
      if (!first.ended) return;
      queue.shift();
    }
  }
  return () => {
    const voice = { kept: [] as string[], ended: false };
    queue.push(voice);
    return {
      say(text) {
        voice.kept.push(text);
        pass();
      },
      end() {
        voice.ended = true;
        pass();
      },
    };
  };
}
