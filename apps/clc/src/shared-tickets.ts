// Many tasks ask for the same file, or the same cluster controller, within seconds: signing once is enough. For tickets of daemons, which nobody
// takes back; what a person is handed is signed for them alone. Wired by main.
import type { PlanDeps } from './deps.ts';

/** A shared ticket lives so much longer, so that whoever gets it last has the time that was asked for. */
const SHARED_MS = 10_000;
const KEPT = 500;

export function shareTickets(sign: PlanDeps['sign'], now: () => number): PlanDeps['sign'] {
  const made = new Map<string, { ticket: string; until: number }>();
  return (claims, ttlMs) => {
    const wish = `${ttlMs} ${JSON.stringify(claims)}`;
    const there = made.get(wish);
    const at = now();
    // A clock that was set back must not make it older than it may be.
    if (there && at < there.until && at >= there.until - SHARED_MS) return there.ticket;
    const ticket = sign(claims, ttlMs + SHARED_MS);
    made.delete(wish);
    if (made.size >= KEPT) made.delete(made.keys().next().value as string);
    made.set(wish, { ticket, until: at + SHARED_MS });
    return ticket;
  };
}
