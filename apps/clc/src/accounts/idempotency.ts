// Idempotency-Key: the same POST of the same user takes effect once within 24 hours and is answered alike. Handed to createRest.
// The key's row gets its answer in the transaction that takes the order: after a crash it is there together with the order, or neither is.
import { AsyncLocalStorage } from 'node:async_hooks';
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Answer, Caller, RestOptions } from '@educloud/rest';
import type { AccountStore, IdempotencyRow, KeyClaim, Tx } from '../store/interface.ts';

export const IDEMPOTENCY_MS = 24 * 3_600_000;
const UNDER_WAY = 0;
/** Whoever claimed the key and gave no answer for so long is taken to be dead. If it is not, its transaction finds the key gone and is taken back. */
const TAKE_OVER_MS = 2_000;

const userOf = (caller: Caller): string => (caller.kind === 'user' ? caller.user : '');
/** Routes write header names in either case. */
const locationOf = (answer: Answer): string | null => Object.entries(answer.headers ?? {}).find(([name]) => name.toLowerCase() === 'location')?.[1] ?? null;

export interface Idempotency extends NonNullable<RestOptions['idempotency']> {
  /**
   * In the transaction that takes an order: a repetition of the request is answered with this address. Nothing, when it came without a key.
   * @throws CONFLICT somebody else took the key over: leaving the transaction takes the order back
   */
  accepted(tx: Pick<Tx, 'accounts'>, answer: { status: number; location: string }): Promise<void>;
}

export interface IdempotencyDeps {
  accounts: AccountStore;
  now(): number;
  /** What stands at an address now: the answer of an order whose own answer was lost. */
  show(location: string): Promise<unknown>;
  failpoint?(name: string): void;
}

export function createIdempotency(deps: IdempotencyDeps): Idempotency {
  const { accounts, now } = deps;
  const running = new Set<string>();
  const current = new AsyncLocalStorage<KeyClaim>();

  async function replay(row: IdempotencyRow): Promise<Answer> {
    const body = row.body ?? (row.location === null ? null : await deps.show(row.location));
    return { status: row.status, headers: { 'Idempotency-Replayed': 'true', ...(row.location === null ? {} : { Location: row.location }) }, ...(body === null ? {} : { body }) };
  }

  /** The claim, or the answer there is already. */
  async function claim(key: string, user: string, requestHash: string): Promise<{ mine: KeyClaim } | { there: IdempotencyRow }> {
    const row = { key, user, requestHash, status: UNDER_WAY, location: null, body: null, createdAt: now() };
    let there = await accounts.claimIdempotencyKey(row);
    if (there && there.createdAt < now() - IDEMPOTENCY_MS) {
      await accounts.dropIdempotencyKey(there);
      there = await accounts.claimIdempotencyKey(row);
    }
    if (!there) return { mine: row };
    if (there.requestHash !== requestHash) throw new CloudError('IDEMPOTENCY_MISMATCH', say('keyUsedOtherwise', { key }));
    if (there.status !== UNDER_WAY) return { there };
    const mine = { ...row, createdAt: Math.max(now(), there.createdAt + 1) };
    const alive = running.has(`${user} ${key}`) || now() - there.createdAt < TAKE_OVER_MS;
    if (alive || !(await accounts.takeOverIdempotencyKey(there, mine.createdAt))) {
      throw new CloudError('CONFLICT', say('keyInWork'), { data: { retryAfterSeconds: 1 } });
    }
    return { mine };
  }

  return {
    async run(key, caller, requestHash, work) {
      const user = userOf(caller);
      const claimed = await claim(key, user, requestHash);
      if ('there' in claimed) return replay(claimed.there);
      const name = `${user} ${key}`;
      running.add(name);
      try {
        const answer = await current.run(claimed.mine, work).catch(async (e: unknown) => {
          // Only where no order was taken. When this fails too, a later request takes the key over.
          await accounts.dropIdempotencyKey(claimed.mine).catch(() => undefined);
          throw e;
        });
        deps.failpoint?.('answer:before');
        await accounts.finishIdempotencyKey(claimed.mine, { status: answer.status, location: locationOf(answer), body: answer.body ?? null }).catch(() => undefined);
        return answer;
      } finally {
        running.delete(name);
      }
    },
    async accepted(tx, answer) {
      const mine = current.getStore();
      if (!mine || (await tx.accounts.answerIdempotencyKey(mine, answer))) return;
      throw new CloudError('CONFLICT', say('keyTakenOver'), { retryable: false });
    },
  };
}

/** Expired sessions and keys; called now and then. */
export async function sweepAccounts(accounts: AccountStore, now: number): Promise<void> {
  await accounts.deleteExpiredSessions(now);
  await accounts.deleteOldIdempotencyKeys(now - IDEMPOTENCY_MS);
}
