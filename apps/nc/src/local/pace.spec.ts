import assert from 'node:assert/strict';
import { createPace } from './pace.ts';

const A = { imageId: 'img-0000000a', version: 1 };
const B = { imageId: 'img-0000000b', version: 1 };
const never = new AbortController().signal;

describe('the pace of images', () => {
  it('holds back what nobody waits for, all of it together, and nothing else', async () => {
    let now = 0;
    const pace = createPace({ bytesPerSecond: 1_000_000, monotonic: () => now });
    pace.slow(A);
    pace.slow(B);
    const [a, b] = [pace.of(A, never), pace.of(B, never)];
    const began = performance.now();
    await Promise.all([a.pace(20_000), b.pace(20_000)]);
    assert.ok(performance.now() - began >= 35, 'two of 20 kB take 40 ms at 1 MB/s');
    now = 1_000;
    pace.fast(A);
    assert.equal(a.pace(10_000_000), undefined, 'somebody waits for it now');
  });
  it('ends slow fetches when somebody begins to work, and leaves those he waits for', () => {
    const pace = createPace({ bytesPerSecond: 1 });
    pace.slow(A);
    pace.slow(B);
    const [a, b] = [pace.of(A, never), pace.of(B, never)];
    pace.fast(B);
    pace.halt();
    assert.deepEqual([a.signal.aborted, b.signal.aborted], [true, false]);
    a.end();
    assert.equal(pace.of(A, never).signal.aborted, false, 'the next fetch of it begins anew');
  });
});
