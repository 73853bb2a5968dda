import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLanes } from './lanes.ts';

describe('lanes', () => {
  it('let two parts of one source go side by side, and nothing beside the whole of it', () => {
    const lanes = createLanes();
    lanes.add('nc-1/ins-1');
    assert.deepEqual(['nc-1/ins-1', 'nc-1/ins-2', 'nc-1', 'nc-2'].map((l) => lanes.blocks(l)), [true, false, true, false]);
    lanes.delete('nc-1/ins-1');
    lanes.add('nc-1');
    assert.deepEqual(['nc-1/ins-1', 'nc-1', 'nc-10/ins-1', ''].map((l) => lanes.blocks(l)), [true, true, false, false]);
  });
  it('are free again when all that was taken has been given back, in whatever order', () => {
    const lane = fc.constantFrom('a', 'b', 'a/1', 'a/2', 'b/1');
    fc.assert(fc.property(fc.array(lane), fc.infiniteStream(fc.nat()), (list, random) => {
      const lanes = createLanes();
      const taken: string[] = [];
      for (const l of list) if (!lanes.blocks(l)) { lanes.add(l); taken.push(l); }
      for (const l of taken) assert.ok(lanes.blocks(l));
      while (taken.length > 0) lanes.delete(taken.splice(Number(random.next().value) % taken.length, 1)[0] as string);
      for (const l of ['a', 'b', 'a/1', 'b/1']) assert.ok(!lanes.blocks(l));
    }));
  });
});
