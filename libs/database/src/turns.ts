// Who is next at a database that does one thing at a time, or so many: requests of people go before work that nobody waits for in front of a screen,
// but do not starve it. Both adapters have one.

export interface Turns {
  /** @param behind lets others go first */
  take<T>(work: () => Promise<T>, behind?: boolean): Promise<T>;
}

/** So many may overtake before one that lets others go first has its turn. */
const OVERTAKEN_AT_MOST = 16;

export interface TurnsOptions {
  /** How many at once. */
  places: number;
  /** Of these, how many are never given to those who stand behind. */
  kept: number;
}

export function createTurns({ places, kept }: TurnsOptions): Turns {
  const front: Array<() => void> = [];
  const back: Array<() => void> = [];
  let busy = 0;
  let busyBehind = 0;
  let overtaken = 0;

  const mayBehind = (): boolean => back.length > 0 && busyBehind < places - kept;
  function next(): void {
    while (busy < places) {
      const behind = mayBehind() && (front.length === 0 || overtaken >= OVERTAKEN_AT_MOST);
      const begin = behind ? back.shift() : front.shift();
      if (!begin) return;
      overtaken = behind ? 0 : overtaken + (back.length > 0 ? 1 : 0);
      begin();
    }
  }

  return {
    async take(work, behind = false) {
      // Only the wait is handed to the others: what runs afterwards runs in the context of whoever asked.
      await new Promise<void>((resolve) => {
        (behind ? back : front).push(() => {
          busy += 1;
          if (behind) busyBehind += 1;
          resolve();
        });
        next();
      });
      try {
        return await work();
      } finally {
        busy -= 1;
        if (behind) busyBehind -= 1;
        next();
      }
    },
  };
}
