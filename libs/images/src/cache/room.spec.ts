import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chooseVictims } from './room.ts';

const entry = fc.record({ name: fc.uuid(), sizeBytes: fc.integer({ min: 1, max: 1000 }), usedAt: fc.nat(50), held: fc.boolean() });
const entries = fc.uniqueArray(entry, { selector: (e) => e.name, maxLength: 20 });

describe('room in the image cache', () => {
  it('never takes what is pinned, read or being filled', () => {
    fc.assert(fc.property(entries, fc.nat(5000), (all, missing) => { assert.ok(chooseVictims(all, missing).every((v) => !v.held)); }));
  });
  it('takes what was used longest ago first', () => {
    fc.assert(fc.property(entries, fc.nat(5000), (all, missing) => {
      const victims = chooseVictims(all, missing);
      const kept = all.filter((e) => !e.held && !victims.includes(e));
      assert.ok(victims.every((v) => kept.every((k) => k.usedAt >= v.usedAt)));
    }));
  });
  it('takes enough when there is enough, and not one more', () => {
    fc.assert(fc.property(entries, fc.nat(5000), (all, missing) => {
      const victims = chooseVictims(all, missing);
      const sum = (list: typeof all): number => list.reduce((n, e) => n + e.sizeBytes, 0);
      assert.ok(sum(victims) >= missing || victims.length === all.filter((e) => !e.held).length);
      if (victims.length > 0) assert.ok(sum(victims.slice(0, -1)) < missing);
    }));
  });
  it('removes nothing when nothing is missing', () => assert.deepEqual(chooseVictims([{ name: 'a', sizeBytes: 1, usedAt: 0, held: false }], 0), []));
});
