import assert from 'node:assert/strict';
import type { HeldItem, Inventory } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import { createInventoryReport } from './inventory.ts';

describe('what a daemon says that it holds', () => {
  it('R147 is looked at once more for whoever asks while it is being told, and once for all of them', async () => {
    let held: HeldItem[] = [{ kind: 'domain', name: 'ins-00000001' } as unknown as HeldItem];
    const told: number[] = [];
    let goOn: () => void = () => undefined;
    const sending = new Promise<void>((resolve) => { goOn = resolve; });
    const report = createInventoryReport({
      held: async () => held, busy: () => [], identity: () => ({ id: 'nc-00000001', epoch: 1 }), nextSeq: () => told.length, newId: () => 'm', log: silentLog(),
      async send({ body }) {
        told.push((body as Inventory).items.length);
        await sending;
      },
    });
    const first = report.report();
    while (told.length === 0) await new Promise((resolve) => { setImmediate(resolve); });
    held = [];
    const later = [report.report(), report.report()];
    goOn();
    await Promise.all([first, ...later]);
    assert.deepEqual(told, [1, 0]);
    report.close();
  });
});
