import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { oncePerSecond } from './once-per-second.ts';

describe('what is asked for often', () => {
  it('is done at once, and once more for all that came within the second', async () => {
    let done = 0;
    const { soon, stop } = oncePerSecond(() => (done += 1));
    for (let i = 0; i < 40; i += 1) soon();
    assert.equal(done, 1);
    await pause(1200);
    assert.equal(done, 2);
    stop();
  });
});
