// Idempotency-Key: the same POST of the same user runs at most once within 24 hours and is answered alike. Handed to createRest.
import { CloudError, hasCode, isCloudError } from '@educloud/errors';
import type { Answer, Caller, RestOptions } from '@educloud/rest';
import type { AccountStore, IdempotencyRow } from '../store/interface.ts';

export const IDEMPOTENCY_MS = 24 * 3_600_000;
const UNDER_WAY = 0;

const userOf = (caller: Caller): string => (caller.kind === 'user' ? caller.user : '');

function replay(row: IdempotencyRow, requestHash: string, running: boolean): Answer {
  if (row.requestHash !== requestHash) throw new CloudError('IDEMPOTENCY_MISMATCH', `the key ${row.key} came with another request before`);
  if (row.status === UNDER_WAY) {
    // A crash between doing and writing it down leaves this: doing it twice would be worse than asking.
    throw running
      ? new CloudError('CONFLICT', 'the first request with this key is still being worked on')
      : new CloudError('CONFLICT', 'it is not known how the first request with this key ended; look whether it was done, then use a new key', { retryable: false });
  }
  return { status: row.status, headers: { 'Idempotency-Replayed': 'true', ...(row.location === null ? {} : { Location: row.location }) }, ...(row.body === null ? {} : { body: row.body }) };
}

/** Routes write header names in either case. */
const locationOf = (answer: Answer): string | null => Object.entries(answer.headers ?? {}).find(([name]) => name.toLowerCase() === 'location')?.[1] ?? null;

/** A refusal. A database that went away may have committed before it did, and nobody knows how far a bug got: then the key is used up. */
const nothingWasDone = (e: unknown): boolean => isCloudError(e) && !hasCode(e, 'DATABASE_UNAVAILABLE') && !hasCode(e, 'INTERNAL');

export function createIdempotency(deps: { accounts: AccountStore; now(): number }): NonNullable<RestOptions['idempotency']> {
  const { accounts, now } = deps;
  const running = new Set<string>();
  return {
    async run(key, caller, requestHash, work) {
      const user = userOf(caller);
      const claim = (): Promise<IdempotencyRow | null> => accounts.claimIdempotencyKey({ key, user, requestHash, status: UNDER_WAY, location: null, body: null, createdAt: now() });
      let there = await claim();
      if (there && there.createdAt < now() - IDEMPOTENCY_MS) {
        await accounts.dropIdempotencyKey(key, user);
        there = await claim();
      }
      const name = `${user} ${key}`;
      if (there) return replay(there, requestHash, running.has(name));
      running.add(name);
      try {
        const answer = await work().catch(async (e: unknown) => {
          // When this fails too the key stays, which is safe; the caller is told the first reason.
          if (nothingWasDone(e)) await accounts.dropIdempotencyKey(key, user).catch(() => undefined);
          throw e;
        });
        // It is done and answered so, even if that cannot be written down: then the key says that nobody knows.
        await accounts.finishIdempotencyKey(key, user, { status: answer.status, location: locationOf(answer), body: answer.body ?? null }).catch(() => undefined);
        return answer;
      } finally {
        running.delete(name);
      }
    },
  };
}

/** Expired sessions and keys; called now and then. */
export async function sweepAccounts(accounts: AccountStore, now: number): Promise<void> {
  await accounts.deleteExpiredSessions(now);
  await accounts.deleteOldIdempotencyKeys(now - IDEMPOTENCY_MS);
}
