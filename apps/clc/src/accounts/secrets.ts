// Random secrets of sessions, daemons and join tokens: only their hash is kept. They are long, so a plain sha256 is enough.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RandomBytes } from '@educloud/contracts';

export const newSecret = (random: RandomBytes): string => Buffer.from(random(32)).toString('base64url');
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const UNKNOWN = '0'.repeat(64);
/** Constant time; `hash` null (nobody of this name) takes as long and is false. */
export const isSecretOf = (secret: string, hash: string | null): boolean =>
  timingSafeEqual(Buffer.from(hashSecret(secret)), Buffer.from((hash ?? UNKNOWN).padEnd(64).slice(0, 64))) && hash !== null;
