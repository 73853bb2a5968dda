// What nobody asks for but somebody has to do now and then: sessions, keys, tickets and events grow old, uploads are abandoned.
import type { Logger } from '@educloud/log';
import { sweepAccounts } from './accounts/idempotency.ts';
import type { Store } from './store/interface.ts';

const EVERY_MS = 600_000;
/** Walrus closes what it has part of, by the last byte, and says so. This is for uploads no byte of which ever came, so it may be slow; a long one still moving is not touched. */
const UPLOAD_GRACE_MS = 7 * 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
/** In one transaction, so that nobody waits long for it. */
const FORGOTTEN_AT_ONCE = 200;
/** A backlog of years is worked off over some rounds. */
const BATCHES_A_ROUND = 50;

export interface HousekeepingDeps {
  store: Store;
  now(): number;
  uploadMs: number;
  /** How long what has ended can be looked up. */
  history: { taskDays: number; eventDays: number };
  /** How long nobody gets an address that was given back. */
  quarantineMs: number;
  log: Logger;
}

export function startHousekeeping(deps: HousekeepingDeps): { close(): void } {
  const round = async (): Promise<void> => {
    const { store, now } = deps;
    await sweepAccounts(store.read.accounts, now());
    await store.read.tickets.deleteOldTickets(now());
    await store.read.events.trim(now() - deps.history.eventDays * DAY_MS);
    await tidyAddresses(store, now(), deps.quarantineMs);
    await store.transaction((tx) => tx.images.relist());
    await store.transaction((tx) => tx.images.closeAbandonedUploads(now() - deps.uploadMs - UPLOAD_GRACE_MS));
    await forgetHistory(store, now() - deps.history.taskDays * DAY_MS);
  };
  const timer = setInterval(() => void round().catch((e: unknown) => deps.log.warn({ err: e }, 'housekeeping failed; it is done again')), EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** Addresses of instances that are nowhere go to quarantine; those that have been there long enough are free again. */
export async function tidyAddresses(store: Pick<Store, 'transaction' | 'read'>, now: number, quarantineMs: number): Promise<void> {
  for (const { insId, ccId } of await store.read.networks.lostLeases()) {
    await store.transaction(async (tx) => {
      // Placed again since: they are its own.
      await tx.userInstances.lockUserInstance(insId);
      if ((await tx.instances.instance(insId))?.ncId) return;
      await tx.networks.giveBack(insId, { rev: await tx.networks.raise(ccId), at: now });
    });
  }
  await store.transaction((tx) => tx.networks.endQuarantine(now - quarantineMs));
}

/** Tasks first: what they name may go afterwards. */
export async function forgetHistory({ transaction }: Pick<Store, 'transaction'>, before: number): Promise<void> {
  for (const kind of ['forgetTasks', 'forgetBatches', 'forgetInstances', 'forgetPlans', 'forgetImages'] as const) {
    for (let batch = 0; batch < BATCHES_A_ROUND; batch++) {
      if ((await transaction((tx) => tx.history[kind](before, FORGOTTEN_AT_ONCE))) < FORGOTTEN_AT_ONCE) break;
    }
  }
  await transaction((tx) => tx.history.forgetLocalUses(before));
  await transaction((tx) => tx.history.forgetJoinTokens(before));
}
