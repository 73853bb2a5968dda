// Which commands have had no answer for so long that they are sent again: a message may be lost with its queue (an operator deletes one, a
// broker loses one), and the answer may be lost too. The same id goes out, so the daemon's journal answers what was done. Used by the engine.

const FIRST_MS = 10_000;
const LONGEST_MS = 600_000;

export interface Silence {
  /** Those of the open commands to send again now; each waits twice as long the next time. What is not named is forgotten. */
  tooLong(open: readonly string[], now: number): string[];
}

export function createSilence(): Silence {
  let waiting = new Map<string, { since: number; pauseMs: number }>();
  return {
    tooLong(open, now) {
      const still: typeof waiting = new Map();
      const again: string[] = [];
      for (const id of open) {
        const wait = waiting.get(id) ?? { since: now, pauseMs: FIRST_MS };
        const due = now - wait.since >= wait.pauseMs;
        if (due) again.push(id);
        still.set(id, due ? { since: now, pauseMs: Math.min(wait.pauseMs * 2, LONGEST_MS) } : wait);
      }
      waiting = still;
      return again;
    },
  };
}
