import assert from 'node:assert/strict';
import { translator } from './language.ts';
import { bytes } from './values.ts';

describe('a size on the command line', () => {
  const read = bytes(translator('en'));
  it('has a unit, or is bytes', () => assert.deepEqual(['20G', '512MiB', '1.5g', '1073741824'].map(read), [20 * 1024 ** 3, 512 * 1024 ** 2, 1.5 * 1024 ** 3, 1024 ** 3]));
  it('is not taken for so few bytes that a unit was forgotten', () => assert.throws(() => read('4'), /a bare number is bytes: 4G or 4M is meant\?/));
  it('is refused when it is none', () => { for (const text of ['', '-1', '4X', 'G', '1e9', '0']) assert.throws(() => read(text), /looks like 20G/); });
});
