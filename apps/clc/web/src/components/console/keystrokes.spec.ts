import assert from 'node:assert/strict';
import { keystrokes } from './keystrokes.ts';

describe('typing text into a guest', () => {
  it('holds Shift for capitals and signs of the upper row', () => {
    assert.deepEqual(keystrokes('A').keys, [
      { keysym: 0xffe1, down: true }, { keysym: 0x41, down: true }, { keysym: 0x41, down: false }, { keysym: 0xffe1, down: false },
    ]);
    assert.equal(keystrokes('a').keys.length, 2);
    assert.equal(keystrokes('|').keys.length, 4);
  });
  it('makes one Enter of each kind of line end', () => {
    assert.deepEqual(keystrokes('\r\n').keys.map((key) => key.keysym), [0xff0d, 0xff0d]);
  });
  it('counts what no US key makes instead of typing nonsense', () => {
    assert.deepEqual(keystrokes('中文x').skipped, 2);
  });
});
