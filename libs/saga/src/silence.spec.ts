import assert from 'node:assert/strict';
import { createSilence } from './silence.ts';

describe('silence', () => {
  it('asks again after 10 s, then each time after twice as long, ten minutes at most', () => {
    const silence = createSilence();
    const asked: number[] = [];
    for (let now = 0; now <= 2_000_000; now += 1000) if (silence.tooLong(['a'], now).length > 0) asked.push(now / 1000);
    assert.deepEqual(asked, [10, 30, 70, 150, 310, 630, 1230, 1830]);
  });

  it('forgets what was answered, and counts a new command from when it was first seen', () => {
    const silence = createSilence();
    silence.tooLong(['a'], 0);
    assert.deepEqual(silence.tooLong(['b'], 10_000), []);
    assert.deepEqual(silence.tooLong(['a', 'b'], 20_000), ['b']);
    assert.deepEqual(silence.tooLong(['a', 'b'], 30_000), ['a']);
  });
});
