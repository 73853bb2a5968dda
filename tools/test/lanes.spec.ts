// Several test files at a time, and an output a person can read.
import assert from 'node:assert/strict';
import { createTurns, inLanes } from './lanes.ts';

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('lanes', () => {
  it('begin everything once, in order, and never have more than one item each', async () => {
    const begun: number[] = [];
    const busy = new Set<number>();
    let most = 0;
    await inLanes([1, 2, 3, 4, 5, 6, 7], 3, async (item, lane) => {
      assert.ok(!busy.has(lane) && lane < 3);
      busy.add(lane);
      begun.push(item);
      most = Math.max(most, busy.size);
      for (let i = 0; i < item % 3; i++) await turnOfTheLoop();
      busy.delete(lane);
    });
    assert.deepEqual(begun, [1, 2, 3, 4, 5, 6, 7]);
    assert.equal(most, 3);
  });
});

describe('those who speak at the same time', () => {
  it('are heard one after the other, the first at once', () => {
    const heard: string[] = [];
    const voice = createTurns((text) => heard.push(text));
    const [a, b, c] = [voice(), voice(), voice()];
    b.say('b1');
    a.say('a1');
    assert.deepEqual(heard, ['a1']);
    c.say('c1');
    c.end();
    a.say('a2');
    a.end();
    assert.deepEqual(heard, ['a1', 'a2', 'b1']);
    b.say('b2');
    b.end();
    assert.deepEqual(heard, ['a1', 'a2', 'b1', 'b2', 'c1']);
    const d = voice();
    d.say('d1');
    assert.equal(heard.at(-1), 'd1');
  });
});
