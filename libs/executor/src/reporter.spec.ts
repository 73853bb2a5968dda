// The reporter alone: what was told is noted, however often the note fails.
import assert from 'node:assert/strict';
import type { Envelope } from '@educloud/contracts';
import { createReporter } from './reporter.ts';

describe('the reporter', () => {
  it('R119: notes a result that has arrived until the journal takes the note, and does not tell it again', async () => {
    let told = 0;
    let room = 2;
    const warned: string[] = [];
    const reporter = createReporter({ send: async () => void told++, ready: () => true, log: { warn: (_o, m) => void warned.push(m ?? '') } });
    await new Promise<void>((resolve) => {
      reporter.report('1', () => ({}) as Envelope, async () => {
        if (room-- > 0) throw new Error('database or disk is full');
        resolve();
      });
    });
    await reporter.close();
    assert.equal(told, 1);
    assert.equal(warned.length, 1);
  });
});
