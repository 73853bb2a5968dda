// How busy guests were between two looks, and who is at their screens.
import assert from 'node:assert/strict';
import { countersOf } from '../drivers/hypervisor/counters.ts';
import type { GuestCounters } from '../drivers/hypervisor/interface.ts';
import { createWatchers } from '../screen/watchers.ts';
import { createLoadMeter } from './load-meter.ts';

const INS = 'ins-00000001';
const guest = (set: Partial<GuestCounters> = {}): GuestCounters => ({ insId: INS, cpus: 2, cpuNs: 0, memoryMiB: 200, diskReadBytes: 0, diskWrittenBytes: 0, netInBytes: null, netOutBytes: null, ...set });

describe('the work of guests', () => {
  it('is what they did since the look before, of all their processors; nothing is said after the first look, of a new guest and after a restart', async () => {
    let at = 0;
    let now: GuestCounters[] = [guest()];
    const meter = createLoadMeter({ counters: async () => now, monotonic: () => at, inventoryMs: () => 20_000 });
    assert.equal((await meter.look()).size, 0);
    at = 10_000;
    now = [guest({ cpuNs: 5e9, diskReadBytes: 10_000, diskWrittenBytes: 20_000, netInBytes: 5, netOutBytes: 5 }), guest({ insId: 'ins-00000002' })];
    assert.deepEqual([...(await meter.look())], [[INS, { cpuPercent: 25, memoryMiB: 200, diskReadBps: 1000, diskWrittenBps: 2000, netInBps: null, netOutBps: null }]]);
    at = 11_000;
    now = [];
    assert.equal((await meter.look()).get(INS)?.cpuPercent, 25, 'a look that follows at once changes nothing');
    at = 20_000;
    now = [guest({ cpuNs: 1e9 })];
    assert.equal((await meter.look()).size, 0);
    at = 30_000;
    now = [guest({ cpuNs: 90e9 })];
    assert.equal((await meter.look()).get(INS)?.cpuPercent, 100, 'never more than all of them');
  });
  it('R184: is never measured over a moment: looks at once are one, and one that follows soon tells what the last one measured', async () => {
    let [at, asked, cpuNs] = [0, 0, 0];
    let answer = (): void => undefined;
    const meter = createLoadMeter({ monotonic: () => at, inventoryMs: () => 60_000, counters: () => new Promise((resolve) => {
      asked += 1;
      answer = () => resolve([guest({ cpuNs })]);
    }) });
    const seen = async (): Promise<number | undefined> => {
      const looks = [meter.look(), meter.look()];
      await Promise.resolve();
      answer();
      const [one, other] = await Promise.all(looks);
      assert.deepEqual(one, other);
      return one?.get(INS)?.cpuPercent;
    };
    assert.equal(await seen(), undefined);
    [at, cpuNs] = [60_000, 12e9];
    assert.equal(await seen(), 10);
    [at, cpuNs] = [64_000, 20e9];
    assert.equal(await seen(), 10, 'four seconds say nothing');
    [at, cpuNs] = [120_000, 24e9];
    assert.equal(await seen(), 10, 'measured from the minute on, not from the look in between');
    assert.equal(asked, 3);
  });
  it('is read from libvirt with and without control groups, over all disks and cards', () => {
    const values = { 'vcpu.current': 2, 'vcpu.0.time': 1000, 'vcpu.1.time': 500, 'balloon.rss': 204_800, 'block.count': 2, 'block.0.rd.bytes': 1, 'block.1.rd.bytes': 2, 'block.0.wr.bytes': 3, 'net.count': 1, 'net.0.rx.bytes': 7 };
    const counted = { insId: INS, cpus: 2, cpuNs: 1500, memoryMiB: 200, diskReadBytes: 3, diskWrittenBytes: 3, netInBytes: 7, netOutBytes: null };
    assert.deepEqual(countersOf({ name: INS, values }), counted);
    assert.deepEqual(countersOf({ name: INS, values: { ...values, 'cpu.time': 2000 } }), { ...counted, cpuNs: 2000 });
    assert.equal(countersOf({ name: INS, values: { 'vcpu.current': 2, 'vcpu.0.time': 1 } }), null, 'a busy QEMU that did not say all');
  });
});

describe('who is at the screen of a guest', () => {
  it('is known as long as somebody is there and a moment after, and the first one is told at once', () => {
    let at = 0;
    const watchers = createWatchers({ monotonic: () => at, inventoryMs: () => 60_000 });
    const told: string[] = [];
    watchers.onFirst((id) => told.push(id));
    assert.ok(!watchers.watched(INS));
    const [one, two] = [watchers.enter(INS), watchers.enter(INS)];
    one();
    one();
    assert.ok(watchers.watched(INS), 'closing twice counts once');
    two();
    at = 89_000;
    assert.ok(watchers.watched(INS));
    at = 90_000;
    assert.ok(!watchers.watched(INS));
    watchers.enter(INS);
    assert.deepEqual(told, [INS, INS]);
  });
});
