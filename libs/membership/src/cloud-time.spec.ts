import assert from 'node:assert/strict';
import { createCloudTime } from './cloud-time.ts';

describe('the time of the cloud', () => {
  it('R106 is that of the last registration and what has passed since, whatever becomes of the own clock', () => {
    let own = 1_000_000;
    let passed = 500;
    const time = createCloudTime(() => own, () => passed);
    assert.equal(time.now(), 1_000_000);
    time.set(5_000_000);
    own += 3_600_000;
    passed += 250;
    assert.equal(time.now(), 5_000_250);
    time.set(4_000_000);
    assert.equal(time.now(), 4_000_000);
  });
});
