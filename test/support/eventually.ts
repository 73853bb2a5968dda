// Waiting for a condition with a deadline, instead of sleeping and hoping.
import { setTimeout as pause } from 'node:timers/promises';

const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;

/** Resolves with the first truthy answer. An exception counts as "not yet". @throws when the time is over, saying what was awaited. */
export async function eventually<T>(what: string, probe: () => T | Promise<T>, timeoutMs = 10_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    const asked = performance.now();
    try {
      const answer = await probe();
      if (answer) return answer as NonNullable<T>;
      last = answer;
    } catch (e) {
      last = e;
    }
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
    // A probe that is a process or a connection shall not take the core from what it waits for.
    await pause(Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, 2 * (performance.now() - asked))));
  }
}
