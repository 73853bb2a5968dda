// Few heavy jobs at a time per daemon: counted slots, first come first served, given back also by those who stop waiting.

export interface Slots {
  /** Resolves with the way to give the slot back; rejects with the signal's reason when aborted while waiting. */
  take(signal: AbortSignal): Promise<() => void>;
  /** Who takes one now has to wait. */
  full(): boolean;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting: Array<() => void> = [];
  const give = (): (() => void) => {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = waiting.shift();
      if (next) next();
      else free++;
    };
  };
  return {
    full: () => free === 0,
    take(signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (free > 0) {
        free--;
        return Promise.resolve(give());
      }
      return new Promise((resolve, reject) => {
        const turn = (): void => {
          signal.removeEventListener('abort', leave);
          resolve(give());
        };
        const leave = (): void => {
          waiting.splice(waiting.indexOf(turn), 1);
          reject(signal.reason);
        };
        waiting.push(turn);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
