// Server-side sessions: opened by a login, sliding, revoked by a logout. The same secret is the cookie and the Bearer token.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RandomBytes, UserRole } from '@educloud/contracts';
import type { AccountStore } from '../store/interface.ts';
import { hashSecret, newSecret } from './secrets.ts';

export const SESSION_COOKIE = 'educloud_session';

export interface Session { id: string; user: string; role: UserRole; expiresAt: number }

export interface Sessions {
  open(user: string): Promise<{ token: string; csrf: string; expiresAt: number }>;
  /** Null: unknown, expired, revoked, or the account is disabled. */
  find(token: string): Promise<Session | null>;
  /** By the id that a Caller carries. */
  byId(id: string): Promise<Session | null>;
  close(id: string): Promise<void>;
  /** Derived, so that it can be told again without being kept. */
  csrfOf(id: string): string;
  isCsrfOf(id: string, given: string): boolean;
}

export interface SessionDeps {
  accounts: AccountStore;
  now(): number;
  random: RandomBytes;
  /** Made once, kept in the settings. */
  serverKey: string;
  ttlMs: number;
}

export function createSessions({ accounts, now, random, serverKey, ttlMs }: SessionDeps): Sessions {
  const csrfOf = (id: string): string => createHmac('sha256', serverKey).update(`csrf:${id}`).digest('base64url');

  async function byId(id: string): Promise<Session | null> {
    const found = await accounts.sessionOf(id);
    if (!found || found.expiresAt <= now() || found.user.disabled) return null;
    const { user } = found;
    let { expiresAt } = found;
    // Not at every request: a write for each read would be dear.
    if (expiresAt - now() < ttlMs * 0.9) {
      expiresAt = now() + ttlMs;
      if (!(await accounts.extendSession(id, expiresAt))) return null;
    }
    return { id, user: user.name, role: user.role, expiresAt };
  }

  return {
    async open(user) {
      const token = newSecret(random);
      const id = hashSecret(token);
      const csrf = csrfOf(id);
      const expiresAt = now() + ttlMs;
      await accounts.insertSession({ idHash: id, user, csrfHash: hashSecret(csrf), createdAt: now(), expiresAt });
      return { token, csrf, expiresAt };
    },
    find: (token) => byId(hashSecret(token)),
    byId,
    close: (id) => accounts.deleteSession(id),
    csrfOf,
    isCsrfOf(id, given) {
      const right = Buffer.from(csrfOf(id));
      const got = Buffer.from(given);
      return right.length === got.length && timingSafeEqual(right, got);
    },
  };
}
