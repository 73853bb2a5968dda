// Progress of one running job, made bearable for the bus: at most one message per 250 ms, and the last one always goes out.

export interface ProgressReport<T> {
  say(value: T): void;
  /** Sends what is still held back; nothing is sent afterwards. */
  end(): void;
}

export const PROGRESS_EVERY_MS = 250;

export function createProgressReport<T>(send: (value: T) => void): ProgressReport<T> {
  let held: { value: T } | null = null;
  let timer: NodeJS.Timeout | null = null;
  let ended = false;
  const flush = (): void => {
    timer = null;
    if (!held) return;
    const { value } = held;
    held = null;
    send(value);
    timer = setTimeout(flush, PROGRESS_EVERY_MS);
    timer.unref();
  };
  return {
    say(value) {
      if (ended) return;
      held = { value };
      if (!timer) flush();
    },
    end() {
      ended = true;
      if (timer) clearTimeout(timer);
      if (held) send(held.value);
      held = null;
    },
  };
}
