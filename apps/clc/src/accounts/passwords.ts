// Password hashes: scrypt with its cost stored beside it. A login of an unknown user costs as much as any other.
import { scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { say, type RandomBytes } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';

/** OWASP's N=2^14, r=8, p=5: 16 MiB for each hash under way. */
const COST = { logN: 14, r: 8, p: 5 };
const KEY_BYTES = 32;
/** Hashing uses the thread pool that files use too: few at once, and no endless queue. */
const AT_ONCE = 2;
const MAX_WAITING = 64;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** `stored` null: there is no such user; false after the same work. @throws TOO_MANY_REQUESTS too many logins at once */
  verify(password: string, stored: string | null): Promise<boolean>;
}

const derive = (password: string, salt: Buffer, { logN, r, p }: typeof COST): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options: ScryptOptions = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r };
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (e, key) => (e ? reject(e) : resolve(key)));
  });

export function createPasswords(deps: { random: RandomBytes; cost?: typeof COST }): Passwords {
  const cost = deps.cost ?? COST;
  const waiting: Array<() => void> = [];
  let running = 0;

  async function gated<T>(work: () => Promise<T>): Promise<T> {
    if (running >= AT_ONCE) {
      if (waiting.length >= MAX_WAITING) throw new CloudError('TOO_MANY_REQUESTS', say('tooManyLogins'), { data: { retryAfterSeconds: 5 } });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next(); // hands over its place
      else running -= 1;
    }
  }

  return {
    hash: (password) =>
      gated(async () => {
        const salt = Buffer.from(deps.random(16));
        return ['scrypt', cost.logN, cost.r, cost.p, salt.toString('base64url'), (await derive(password, salt, cost)).toString('base64url')].join('$');
      }),
    verify: (password, stored) =>
      gated(async () => {
        const [kind, logN, r, p, salt, hash] = (stored ?? '').split('$');
        const known = kind === 'scrypt' && salt !== undefined && hash !== undefined;
        const key = await derive(password, known ? Buffer.from(salt, 'base64url') : Buffer.alloc(16), known ? { logN: Number(logN), r: Number(r), p: Number(p) } : cost);
        const expected = known ? Buffer.from(hash, 'base64url') : Buffer.alloc(KEY_BYTES);
        return expected.length === key.length && timingSafeEqual(expected, key) && known;
      }),
  };
}
