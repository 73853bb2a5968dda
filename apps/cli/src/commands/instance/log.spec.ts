import assert from 'node:assert/strict';
import { inLines } from './log.ts';

describe('what a guest says on its serial port, as it comes', () => {
  const shown: string[] = [];
  beforeEach(() => (shown.length = 0));
  const lines = () => inLines((text) => void shown.push(text));

  it('is shown line by line, also where a letter comes in two pieces, and the last one at the end', () => {
    const log = lines();
    const bytes = Buffer.from('a\nb中\nc');
    for (const byte of bytes) log.add(Buffer.of(byte));
    assert.deepEqual(shown, ['a\n', 'b中\n']);
    log.end();
    assert.deepEqual(shown, ['a\n', 'b中\n', 'c\n']);
  });
  it('R194: is shown in pieces by one that never ends its line: nothing grows without bound', () => {
    const log = lines();
    for (let i = 0; i < 100; i += 1) log.add(Buffer.from(`${i}%\r`.repeat(1000)));
    assert.ok(shown.length >= 4, String(shown.length));
    assert.ok(shown.every((text) => /^\d+%\n$/.test(text)));
  });
});
