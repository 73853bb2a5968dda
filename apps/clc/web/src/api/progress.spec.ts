import assert from 'node:assert/strict';
import type { ProgressEvent } from '@educloud/contracts';
import { nextProgress } from './progress.ts';

const MiB = 1024 * 1024;
const event = (patch: Partial<ProgressEvent>): ProgressEvent => ({ tid: 't', phase: 'preparing', progress: 10, job: 'fetchImage', bytes: { done: 10 * MiB, total: 100 * MiB }, note: '', at: 1000, ...patch });

describe('progress of a task in the browser', () => {
  it('never goes backwards within a phase', () => {
    const first = nextProgress(undefined, event({ progress: 40 }));
    assert.equal(nextProgress(first, event({ progress: 30, at: 2000 })).percent, 40);
  });
  it('starts anew in the next phase', () => {
    const first = nextProgress(undefined, event({ progress: 100 }));
    assert.equal(nextProgress(first, event({ phase: 'submitting', progress: 3 })).percent, 3);
  });
  it('tells speed and remaining time from the bytes moved', () => {
    const first = nextProgress(undefined, event({}));
    const second = nextProgress(first, event({ bytes: { done: 30 * MiB, total: 100 * MiB }, at: 2000 }));
    assert.equal(second.bytesPerSecond, 20 * MiB);
    assert.equal(second.secondsLeft, 3.5);
  });
  it('claims no speed when another job begins', () => {
    const first = nextProgress(nextProgress(undefined, event({})), event({ bytes: { done: 30 * MiB, total: 100 * MiB }, at: 2000 }));
    assert.equal(nextProgress(first, event({ job: 'cloneDisk', bytes: null, at: 3000 })).bytesPerSecond, null);
  });
});
