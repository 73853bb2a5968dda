// A clock that a test can move.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { daemonClock } from './clock.ts';

describe('the clock of a daemon', () => {
  it('is that of the host unless a file says otherwise', () => {
    for (const now of [daemonClock(''), daemonClock('/nowhere/offset')]) assert.ok(Math.abs(now() - Date.now()) < 1000);
  });
  it('goes wrong by as much as the file says', () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'edu-clock-'));
    try {
      const file = path.join(dir, 'offset');
      writeFileSync(file, '-3600000\n');
      assert.ok(Math.abs(daemonClock(file)() - (Date.now() - 3_600_000)) < 1000);
    } finally { rmSync(dir, { recursive: true, force: true }); }
  });
});
