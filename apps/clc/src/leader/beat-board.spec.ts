import assert from 'node:assert/strict';
import { say } from '@educloud/contracts';
import { createLog } from '@educloud/log';
import { createBeatReader } from './beat-board.ts';

describe('what a controller shows of beats', () => {
  it('R145 has the load of the last beat while it leads, and nothing where nobody was heard', () => {
    const beat = { id: 'nc-00000001', epoch: 1, seq: 1, load1: 0.5, memoryFreeMiB: 100, freeDiskBytes: 7, guests: 2 };
    const reader = createBeatReader({
      liveness: { live: (id) => (id === beat.id ? { lastBeatAt: 5, beat } : { lastBeatAt: null, beat: null }), suspended: () => ({ suspended: false, why: say('text', { text: '' }) }) },
      progress: { listen: () => () => undefined }, leads: () => true, log: createLog({ role: 'clc', level: 'silent' }),
    });
    assert.deepEqual(reader.live(beat.id), { lastBeatAt: 5, guests: 2, load: { load1: 0.5, memoryFreeMiB: 100, freeDiskBytes: 7 } });
    assert.deepEqual(reader.live('nc-00000002'), { lastBeatAt: null, guests: null });
    reader.close();
  });
});
