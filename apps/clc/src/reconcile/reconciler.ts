// Removes orphans, a few at a time, when their grace is over, and gives back promises that nobody holds. Level-triggered: it knows only what is
// in the database now, and a second round finds nothing to do. Acts on nothing just after its start or while most nodes are silent. The leader runs it.
import { inWords } from '@educloud/contracts';
import { asCloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { beginRemoval } from '../commands/orphan-remove.ts';
import type { Deps } from '../deps.ts';
import type { Liveness } from '../liveness.ts';

export interface ReconcilerDeps extends Pick<Deps, 'store' | 'saga' | 'now'> {
  liveness: Pick<Liveness, 'suspended'>;
  /** Monotonic milliseconds. */
  monotonic(): number;
  graceMs: number;
  everyMs: number;
  log: Logger;
}

export interface Reconciler {
  /** One round; also runs by itself. @returns what it began or did, for tests and logs */
  round(): Promise<string[]>;
  close(): Promise<void>;
}

/** Removals that begin in one round: a mistake in what is desired must not empty the cloud before anybody looks. */
const PER_ROUND = 5;

export function startReconciler(deps: ReconcilerDeps): Reconciler {
  const { store, log } = deps;
  const startedAt = deps.monotonic();
  let working: Promise<string[]> | null = null;

  async function once(): Promise<string[]> {
    if (deps.monotonic() - startedAt < deps.graceMs || deps.liveness.suspended().suspended) return [];
    const done = await store.transaction((tx) => tx.orphans.releaseLost());
    for (const what of done) log.warn({ what }, 'gave back what nobody holds any more');
    const daemons = new Map((await store.read.daemons.daemons()).map((row) => [row.id, row]));
    const due = (await store.read.orphans.orphans()).filter((row) => row.kept === null && deps.now() - row.since >= deps.graceMs);
    let begun = 0;
    for (const row of due) {
      const daemon = daemons.get(row.daemonId);
      if (!daemon || daemon.state !== 'up') continue; // it is looked at again when it is back
      if (begun === PER_ROUND) break;
      if (!(await store.transaction((tx) => beginRemoval(deps, tx, daemon, row, false)))) continue;
      begun += 1;
      done.push(`${row.daemonId} ${row.item}`);
      log.info({ node: daemon.id, item: row.item, what: inWords(row.what, 'en'), why: inWords(row.why, 'en') }, 'removing an orphan');
    }
    if (begun > 0) deps.saga.kick();
    return done;
  }
  const round = (): Promise<string[]> => {
    working ??= once().finally(() => { working = null; });
    return working;
  };
  const timer = setInterval(() => void round().catch((e: unknown) => log.warn({ err: asCloudError(e, 'reconciling') }, 'the reconciler could not do its round; it is done again')), deps.everyMs);
  timer.unref();
  return {
    round,
    async close() {
      clearInterval(timer);
      await working?.catch(() => undefined);
    },
  };
}
