// Slows down guessing: so many failures per user and address, and per address. Bounded memory: the oldest entry is forgotten first.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';

export interface Throttle {
  /** Counts an attempt before it is checked, so that parallel ones count too. @throws TOO_MANY_REQUESTS */
  attempt(user: string, address: string): void;
  /** The attempt was right. */
  succeeded(user: string, address: string): void;
}

export interface ThrottleDeps { now(): number; perUser: number; perAddress: number; windowMs: number; capacity?: number }

interface Count { n: number; until: number }

export function createThrottle({ now, perUser, perAddress, windowMs, capacity = 10_000 }: ThrottleDeps): Throttle {
  const counts = new Map<string, Count>();

  function current(key: string): Count {
    const at = now();
    const found = counts.get(key);
    if (found && found.until > at) return found;
    counts.delete(key);
    if (counts.size >= capacity) counts.delete(counts.keys().next().value as string);
    const fresh = { n: 0, until: at + windowMs };
    counts.set(key, fresh);
    return fresh;
  }
  const keys = (user: string, address: string): [string, string] => [`u ${address} ${user.toLowerCase()}`, `a ${address}`];

  return {
    attempt(user, address) {
      const [u, a] = keys(user, address).map(current) as [Count, Count];
      const full = u.n >= perUser ? u : a.n >= perAddress ? a : null;
      if (full) throw new CloudError('TOO_MANY_REQUESTS', say('tooManyFailedLogins'), { data: { retryAfterSeconds: Math.ceil((full.until - now()) / 1000) } });
      u.n += 1;
      a.n += 1;
    },
    succeeded(user, address) {
      const [u, a] = keys(user, address);
      counts.delete(u);
      const all = counts.get(a);
      if (all && all.n > 0) all.n -= 1;
    },
  };
}
