// What nobody asks for but somebody has to do now and then: sessions, keys, tickets and events grow old, uploads are abandoned.
import type { Logger } from '@educloud/log';
import { sweepAccounts } from './accounts/idempotency.ts';
import type { Store } from './store/interface.ts';

const EVERY_MS = 600_000;
/** Walrus closes what it has part of, by the last byte, and says so. This is for uploads no byte of which ever came, so it may be slow; a long one still moving is not touched. */
const UPLOAD_GRACE_MS = 7 * 24 * 3_600_000;
const EVENTS_KEPT_MS = 30 * 24 * 3_600_000;

export function startHousekeeping(deps: { store: Store; now(): number; uploadMs: number; log: Logger }): { close(): void } {
  const round = async (): Promise<void> => {
    const { store, now } = deps;
    await sweepAccounts(store.read.accounts, now());
    await store.read.tickets.deleteOldTickets(now());
    await store.read.events.trim(now() - EVENTS_KEPT_MS);
    await store.transaction((tx) => tx.images.closeAbandonedUploads(now() - deps.uploadMs - UPLOAD_GRACE_MS));
  };
  const timer = setInterval(() => void round().catch((e: unknown) => deps.log.warn({ err: e }, 'housekeeping failed; it is done again')), EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
