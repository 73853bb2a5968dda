// The schedule of a campaign.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FAULTS } from './faults/index.ts';
import { scheduleOf } from './schedule.ts';

describe('the schedule of a campaign', () => {
  const options = { shape: { hypervisor: 'fake' as const, nodes: 3, controllers: 1 }, faults: FAULTS, until: { lengthMs: 120_000 }, gapMs: 3_000, overlap: 3 };
  it('is the same for the same seed and another for another one', () => {
    assert.deepEqual(scheduleOf({ ...options, seed: 7 }), scheduleOf({ ...options, seed: 7 }));
    assert.notDeepEqual(scheduleOf({ ...options, seed: 7 }), scheduleOf({ ...options, seed: 8 }));
  });
  it('never lets more faults overlap than asked for, nor two touch the same, and ends in time', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 5 }), (seed, overlap) => {
      const strikes = scheduleOf({ ...options, seed, overlap });
      assert.ok(strikes.length > 3);
      for (const one of strikes) {
        assert.ok(one.atMs + one.lastsMs <= options.until.lengthMs + 1_000);
        const during = strikes.filter((s) => s.atMs <= one.atMs && s.atMs + s.lastsMs > one.atMs);
        assert.ok(during.length <= overlap);
        const touched = during.flatMap((s) => FAULTS.find((f) => f.name === s.fault)?.touches(s.target) ?? []);
        assert.equal(new Set(touched).size, touched.length);
      }
    }), { numRuns: 50 });
  });
  it('has exactly as many strikes as are asked for', () => {
    for (let seed = 1; seed <= 20; seed++) assert.equal(scheduleOf({ ...options, seed, until: { strikes: 50 } }).length, 50);
  });
  it('strikes guests\' libvirtd only where there is one', () => {
    const kinds = (hypervisor: 'fake' | 'libvirt'): string[] => Array.from({ length: 30 }, (_, seed) => scheduleOf({ ...options, seed, shape: { hypervisor, nodes: 3, controllers: 1 } })).flat().map((s) => s.fault);
    assert.ok(!kinds('fake').includes('libvirtd-kill') && kinds('libvirt').includes('libvirtd-kill'));
  });
});
