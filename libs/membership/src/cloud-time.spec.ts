import assert from 'node:assert/strict';
import { createCloudTime } from './cloud-time.ts';

const HOUR = 3_600_000;

describe('the time of the cloud', () => {
  let own = 0;
  let passed = 0;
  const start = () => {
    own = 100 * HOUR;
    passed = 500;
    const time = createCloudTime(() => own, () => passed);
    return { time, later: (ms: number) => { own += ms; passed += ms; } };
  };

  it('R106 goes on from what the CLC said when the own clock is turned ahead', () => {
    const { time, later } = start();
    time.set(own);
    own += HOUR;
    later(250);
    assert.equal(time.now(), 100 * HOUR + 250);
  });
  it('is that of the own clock before the CLC has said anything, and when the CLC was ahead as it did', () => {
    const { time, later } = start();
    assert.equal(time.now(), 100 * HOUR);
    time.set(own + HOUR);
    later(250);
    assert.equal(time.now(), 100 * HOUR + 250);
  });
});
