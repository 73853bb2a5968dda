import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRange } from './range.ts';

describe('parseRange', () => {
  it('understands from-to, from, and the last n bytes', () => {
    assert.deepEqual(parseRange('bytes=0-0', 10), { kind: 'part', start: 0, end: 1 });
    assert.deepEqual(parseRange('bytes=4-', 10), { kind: 'part', start: 4, end: 10 });
    assert.deepEqual(parseRange('bytes=-3', 10), { kind: 'part', start: 7, end: 10 });
    assert.deepEqual(parseRange('bytes=5-99', 10), { kind: 'part', start: 5, end: 10 });
  });
  it('says when a range lies outside', () => {
    assert.deepEqual(parseRange('bytes=10-', 10), { kind: 'unsatisfiable' });
    assert.deepEqual(parseRange('bytes=-0', 10), { kind: 'unsatisfiable' });
  });
  it('ignores what is malformed or has several ranges', () => {
    for (const header of [undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=0-1,4-5', 'items=0-1', 'bytes=a-b']) assert.deepEqual(parseRange(header, 10), { kind: 'whole' });
  });
  it('never answers bytes that are not there', () => {
    fc.assert(fc.property(fc.string({ maxLength: 30 }), fc.nat(1000), (text, size) => {
      const range = parseRange(`bytes=${text}`, size);
      if (range.kind === 'part') assert.ok(range.start >= 0 && range.start < range.end && range.end <= size);
    }));
  });
});
