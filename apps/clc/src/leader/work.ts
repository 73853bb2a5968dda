// What only the leading cloud controller does: the ONE place where such work begins and ends with a term. A controller that follows serves the
// API, the event stream, consoles and pages, and takes orders; all that watches, consumes, sends or repairs by itself hangs here.
import type { Bus } from '@educloud/bus';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { ProgressCache } from '@educloud/progress';
import type { Saga } from '@educloud/saga';
import { startHousekeeping, type HousekeepingDeps } from '../housekeeping.ts';
import type { Liveness } from '../liveness.ts';
import type { LedgerRules } from '../status/node-limits.ts';
import { startReconciler } from '../reconcile/reconciler.ts';
import { consumeStatuses } from '../status/consumers.ts';
import type { Store, Tx } from '../store/interface.ts';
import { startAutoStop } from '../auto-stop/work.ts';
import { startBatchWork, type BatchWork } from '../batches/work.ts';
import type { Deps, PlanDeps } from '../deps.ts';
import { createBeatBoard } from './beat-board.ts';
import type { Term } from './leadership.ts';
import { hearFollowers } from './to-the-leader.ts';

export interface LeaderWorkDeps {
  store: Store;
  bus: Bus;
  progress: ProgressCache;
  liveness: Liveness;
  ledger: LedgerRules;
  tellCluster: Deps['tellCluster'];
  limits: PlanDeps['limits'];
  history: HousekeepingDeps['history'];
  quarantineMs: number;
  heartbeatMs: number;
  now(): number;
  monotonic(): number;
  orphans: { graceMs: number; everyMs: number };
  log: Logger;
  failpoint?(name: string): void;
  /** The task engine of one term. */
  engine(store: Store, term: Term): Saga<Tx>;
  /** A change was refused because the epoch has been replaced, or may have been. */
  refused(epoch: number, by: 'clock' | 'database'): void;
}

export interface LeaderWork {
  begin(term: Term): Promise<void>;
  /** Whatever has begun ends, last first; also in the middle of a `begin`. */
  end(): Promise<void>;
  /** Null while this controller does not lead. */
  engine(): Saga<Tx> | null;
  /** False: not while this controller does not lead. */
  lookForBatches(): boolean;
}

export function createLeaderWork(deps: LeaderWorkDeps): LeaderWork {
  const { bus, progress, liveness, ledger, now, log } = deps;
  let led: { engine: Saga<Tx>; term: Term } | null = null;
  let batches: BatchWork | null = null;
  let begun: Promise<void> = Promise.resolve();
  const ends: Array<() => void | Promise<void>> = [];

  async function beginAll(term: Term): Promise<void> {
    // Every change of a leader goes through the fence, with the epoch of its term.
    const store = deps.store.fenced({ epoch: term.epoch, valid: () => term.valid(), refused: (by) => deps.refused(term.epoch, by) });
    const still = (): void => {
      if (!term.valid()) throw new CloudError('NOT_READY', 'the term ended while its work began');
    };

    await liveness.start(store);
    ends.push(() => liveness.close());

    const saga = deps.engine(store, term);
    ends.push(() => saga.close());
    await saga.resume();
    still();
    led = { engine: saga, term };
    ends.push(() => { led = null; });

    const statuses = await consumeStatuses({ bus, store, saga, progress, liveness, tellCluster: deps.tellCluster, ledger, limits: deps.limits, now });
    ends.push(async () => void (await Promise.all(statuses.map((s) => s.stop()))));

    const batchWork = startBatchWork({ store, saga, now, limits: deps.limits, progress, log, ...(deps.failpoint ? { failpoint: deps.failpoint } : {}) });
    batches = batchWork;
    ends.push(async () => { batches = null; await batchWork.close(); });

    ends.push(hearFollowers(progress, { orders: () => { saga.lookForOrders(); batchWork.look(); }, registered: (id) => void liveness.learn(id) }));

    const board = createBeatBoard({ liveness, progress, everyMs: deps.heartbeatMs / 2 });
    ends.push(() => board.close());

    const reconciler = startReconciler({ store, saga, now, monotonic: deps.monotonic, liveness, log, ...deps.orphans });
    ends.push(() => reconciler.close());

    const autoStop = startAutoStop({ store, saga, now, limits: deps.limits, progress, log });
    ends.push(() => autoStop.close());

    const housekeeping = startHousekeeping({ store, now, uploadMs: deps.limits.uploadMs, history: deps.history, quarantineMs: deps.quarantineMs, log });
    ends.push(() => housekeeping.close());
    still();
  }

  return {
    begin(term) {
      begun = beginAll(term);
      return begun;
    },
    async end() {
      await begun.catch(() => undefined);
      for (const end of ends.splice(0).reverse()) {
        await Promise.resolve().then(end).catch((e: unknown) => log.warn({ err: e }, 'a part of what a leader does did not end well'));
      }
    },
    engine: () => (led?.term.valid() ? led.engine : null),
    lookForBatches() {
      batches?.look();
      return batches !== null;
    },
  };
}
