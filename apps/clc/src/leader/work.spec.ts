import assert from 'node:assert/strict';
import { openBus } from '@educloud/bus';
import { silentLog } from '@educloud/log';
import { openProgress } from '@educloud/progress';
import type { Saga } from '@educloud/saga';
import { createLiveness } from '../liveness.ts';
import { openStore, type Tx } from '../store/index.ts';
import { createLeaderWork } from './work.ts';

describe('what a leader does', () => {
  it('R115 gives orders to no engine whose term is over, although its work has not ended yet', async () => {
    const log = silentLog();
    const clock = { now: () => 1_000_000, monotonic: () => performance.now() };
    const store = await openStore({ url: 'sqlite::memory:', log, now: clock.now });
    const bus = await openBus('embedded:leader-work', { log });
    const progress = openProgress('memory:leader-work', { log });
    const engine = { resume: async () => undefined, close: async () => undefined, lookForOrders: () => undefined } as unknown as Saga<Tx>;
    const work = createLeaderWork({
      ...clock, store, bus, progress, log, tellCluster: () => undefined, liveness: createLiveness({ ...clock, store, log, heartbeatMs: 10_000, hearing: () => true }), ledger: { cpuOvercommit: 8, memoryReserveMiB: 0, diskReserveBytes: 0 },
      limits: { quarantineMs: 1, guestSilentMs: 1, maxVirtualBytes: 1, maxUploadBytes: 1, slowestBytesPerSecond: 1, stopGraceMs: 1, startMs: 1, uploadMs: 1 }, quarantineMs: 1000, heartbeatMs: 10_000, history: { taskDays: 365, eventDays: 30 }, orphans: { graceMs: 1000, everyMs: 1000 }, engine: () => engine, refused: () => undefined,
    });
    try {
      let valid = true;
      assert.equal(work.engine(), null);
      await work.begin({ epoch: 1, valid: () => valid });
      assert.equal(work.engine(), engine);
      valid = false;
      assert.equal(work.engine(), null);
      await work.end();
      valid = true;
      assert.equal(work.engine(), null);
    } finally {
      await work.end();
      await bus.close();
      await progress.close();
      await store.close();
    }
  });
});
