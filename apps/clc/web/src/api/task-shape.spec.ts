import assert from 'node:assert/strict';
import { TRANSITIONS } from '@educloud/contracts';
import type { Phase, TaskState } from '@educloud/contracts';
import { en } from '../i18n/en.ts';
import { hasEditedDisk, wordsOf } from './task-shape.ts';

const at = (path: string): unknown => path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], en);

describe('a task as the wizard sees it', () => {
  it('has an explanation for every state that can be reached', () => {
    for (const pair of Object.keys(TRANSITIONS)) {
      const [phase, state] = pair.split('/') as [Phase, TaskState];
      assert.ok(Array.isArray(at(wordsOf(phase, state))), pair);
    }
  });
  it('warns of an edited disk from the first boot on, and not before', () => {
    assert.equal(hasEditedDisk({ phase: 'preparing', state: 'prepared', plans: [] }), false);
    assert.equal(hasEditedDisk({ phase: 'editing', state: 'stopped', plans: [] }), true);
    assert.equal(hasEditedDisk({ phase: 'submitting', state: 'uploading', plans: [] }), true);
    assert.equal(hasEditedDisk({ phase: 'submitted', state: 'submitted', plans: [] }), false);
  });
});
