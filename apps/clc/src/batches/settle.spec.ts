import assert from 'node:assert/strict';
import { numberedName } from '@educloud/contracts';
import { outcomeOf, progressOf } from './settle.ts';

describe('a batch', () => {
  it('counts those that ended whole, and says 100 only at its end', () => {
    assert.equal(progressOf(4, 0, [0, 0, 0, 0]), 0);
    assert.equal(progressOf(4, 1, [50, 10]), 40);
    assert.equal(progressOf(4, 3, [100]), 99);
    assert.equal(progressOf(4, 4, []), 100);
  });
  it('takes what became of a member from its plan: what was overtaken, forgotten or waits for help has failed', () => {
    const error = { code: 'NO_CAPACITY', message: 'full', retryable: true };
    const of = (planState: Parameters<typeof outcomeOf>[0]['planState'], planError: typeof error | null = null): string => {
      const outcome = outcomeOf({ planState, planError });
      return outcome.state === 'failed' ? `failed ${outcome.error.code}` : outcome.state;
    };
    assert.deepEqual([of('running'), of('unwinding'), of('done')], ['running', 'running', 'done']);
    assert.deepEqual([of('failed', error), of('stuck', error), of('stuck'), of('cancelled'), of(null)], ['failed NO_CAPACITY', 'failed NO_CAPACITY', 'failed INTERNAL', 'failed CANCELLED', 'failed CANCELLED']);
  });
  it('numbers its members with as many digits as the last one has', () => {
    assert.deepEqual([1, 12].map((n) => numberedName('pc-{n} of room {n}', n, 40)), ['pc-01 of room 01', 'pc-12 of room 12']);
    assert.equal(numberedName('pc', 1, 1), 'pc');
  });
});
