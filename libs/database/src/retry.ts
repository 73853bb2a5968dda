// Runs a transaction again when the database or somebody faster got in the way. Both adapters use it.
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '@educloud/errors';
import { isConnectionTrouble, isContention, isRefused } from './errors.ts';

const ATTEMPTS = 5;
const FIRST_WAIT_MS = 8;

/** Thrown on: the commit was sent, but its answer was lost. It may have happened, so it must not be done again. */
export class CommitUnknown {
  constructor(readonly cause: unknown) {}
}

export const worthRetrying = (e: unknown): boolean =>
  isContention(e) || (hasCode(e, 'CONFLICT') && (e as { retryable: boolean }).retryable) || (isConnectionTrouble(e) && !isRefused(e));

/** @param worth which failures are tried again */
export async function retried<T>(attempt: () => Promise<T>, worth: (e: unknown) => boolean = worthRetrying, random: () => number = Math.random): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await attempt();
    } catch (e) {
      if (e instanceof CommitUnknown) throw e.cause;
      if (n >= ATTEMPTS || !worth(e)) throw e;
      await delay(FIRST_WAIT_MS * 2 ** n * (0.5 + random() / 2));
    }
  }
}
