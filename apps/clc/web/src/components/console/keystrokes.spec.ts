import assert from 'node:assert/strict';
import { keystrokes } from './keystrokes.ts';

describe('typing text into a guest', () => {
  it('holds Shift for capitals and signs of the upper row', () => {
    assert.deepEqual(keystrokes('A').keys, [
      { keysym: 0xffe1, code: 'ShiftLeft', down: true }, { keysym: 0x41, code: 'KeyA', down: true }, { keysym: 0x41, code: 'KeyA', down: false }, { keysym: 0xffe1, code: 'ShiftLeft', down: false },
    ]);
    assert.equal(keystrokes('a').keys.length, 2);
    assert.equal(keystrokes('|').keys.length, 4);
  });
  it('knows the place of each printable character on the keyboard', () => {
    const printable = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i));
    for (const character of printable) assert.ok(keystrokes(character).keys.every((key) => key.code !== ''), character);
    const place = (character: string): string | undefined => keystrokes(character).keys.find((key) => key.code !== 'ShiftLeft')?.code;
    assert.deepEqual(['"', "'", '@', '2', '?', '~', '|', ' ', ')', '_'].map(place), ['Quote', 'Quote', 'Digit2', 'Digit2', 'Slash', 'Backquote', 'Backslash', 'Space', 'Digit0', 'Minus']);
  });
  it('makes one Enter of each kind of line end', () => {
    assert.deepEqual(keystrokes('\r\n').keys.map((key) => key.keysym), [0xff0d, 0xff0d]);
  });
  it('counts what no US key makes instead of typing nonsense', () => {
    assert.deepEqual(keystrokes('中文x').skipped, 2);
  });
});
