import assert from 'node:assert/strict';
import { createFailpoints } from './index.ts';

describe('failpoints', () => {
  it('fires at its own name only, and once', () => {
    const fired: string[] = [];
    const failpoint = createFailpoints('cloneDisk:do:before, outbox:before', (name) => fired.push(name));
    for (const name of ['cloneDisk:do:after', 'cloneDisk:do:before', 'cloneDisk:do:before', 'outbox:before']) failpoint(name);
    assert.deepEqual(fired, ['cloneDisk:do:before', 'outbox:before']);
  });

  it('stops instead of killing where it says so', () => {
    const fired: string[] = [];
    const failpoint = createFailpoints('cloneDisk:do:before=stop,outbox:before', (name) => fired.push(`kill ${name}`), (name) => fired.push(`stop ${name}`));
    for (const name of ['outbox:before', 'cloneDisk:do:before', 'cloneDisk:do:before']) failpoint(name);
    assert.deepEqual(fired, ['kill outbox:before', 'stop cloneDisk:do:before']);
  });

  it('does nothing without a spec', () => {
    const failpoint = createFailpoints(undefined, () => assert.fail('fired'));
    failpoint('cloneDisk:do:before');
  });

  it('refuses a name that can never fire', () => {
    assert.throws(() => createFailpoints('cloneDisk'), /cloneDisk/);
  });
});
