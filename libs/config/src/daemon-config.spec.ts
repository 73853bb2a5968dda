import assert from 'node:assert/strict';
import { z } from 'zod';
import { daemonConfig } from './daemon-config.ts';

const schema = z.strictObject({ dataDir: z.string().default('/x') });

describe('the arguments of a daemon', () => {
  it('may be none', () => {
    assert.deepEqual(daemonConfig('nothere', schema, [], ['node', 'clc.js']), { dataDir: '/x' });
  });
  it('that nobody knows are refused instead of ignored', () => {
    for (const words of [['--bogus'], ['--config'], ['--config', 'a', 'b']]) {
      assert.throws(() => daemonConfig('nothere', schema, [], ['node', 'clc.js', ...words]), /unknown arguments/);
    }
  });
});
