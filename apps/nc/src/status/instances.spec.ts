// Inventories and guests that a full disk has paused: they are reported as such, and go on when there is room.
import assert from 'node:assert/strict';
import os from 'node:os';
import { InstanceStatus } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import type { DomainSummary, Hypervisor } from '../drivers/hypervisor/interface.ts';
import { nodePaths } from '../paths.ts';
import { createWatchers } from '../screen/watchers.ts';
import { reportInstances } from './instances.ts';
import { createLoadMeter } from './load-meter.ts';

const INS = 'ins-00000001';

describe('inventory of a node', () => {
  const scene = (busy: string[] = []) => {
    const domain: DomainSummary = { insId: INS, state: 'paused', reason: 'io-error' };
    const said: string[] = [];
    const room = { there: false };
    let goesOn = (): void => undefined;
    const resumed = new Promise<void>((resolve) => { goesOn = resolve; });
    const hypervisor = {
      list: async () => [{ ...domain }], onEvent: () => () => undefined,
      resume: async () => { domain.state = 'running'; delete domain.reason; goesOn(); },
    } as unknown as Hypervisor;
    let seq = 0;
    const reports = reportInstances({
      hypervisor, meter: createLoadMeter({ counters: async () => [], monotonic: () => 0, inventoryMs: () => 60_000 }), watchers: createWatchers({ monotonic: () => 0, inventoryMs: () => 60_000 }), paths: nodePaths(`${os.tmpdir()}/edu-none`), busy: () => busy, identity: () => ({ id: 'nc-1', epoch: 1 }), nextSeq: () => (seq += 1), newId: () => 'id', log: silentLog(), lookEveryMs: 1,
      hasRoom: async () => room.there,
      publish: async (e) => { for (const i of InstanceStatus.parse(e.body).instances) said.push(`${i.vmstatus} ${i.reason}`); },
    });
    return { reports, said, room, domain, resumed };
  };

  it('says that a guest is paused by a full disk, and lets it go on when there is room', async () => {
    const { reports, said, room, domain } = scene();
    await reports.inventory();
    assert.equal(domain.state, 'paused');
    room.there = true;
    await reports.inventory();
    assert.deepEqual(said, ['running io-error', 'running inventory']);
    reports.close();
  });
  it('R203: lets it go on as soon as there is room, without waiting for the next inventory', async () => {
    const { reports, said, room, resumed } = scene();
    await reports.inventory();
    room.there = true;
    await resumed;
    assert.deepEqual(said, ['running io-error']);
    reports.close();
  });
  it('leaves a guest alone that a job works on', async () => {
    const { reports, room, domain } = scene([INS]);
    room.there = true;
    await reports.inventory();
    assert.equal(domain.state, 'paused');
    reports.close();
  });
});
