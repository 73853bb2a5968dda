import assert from 'node:assert/strict';
import { hasCode } from '@educloud/errors';
import { z } from 'zod';
import { decode, encode, parseBody } from './decode.ts';

const sent = { v: 1 as const, id: 'm-1', name: 'image/create/prepare', tid: 'a:b:c', jobId: null, target: null, source: null, generation: 1, seq: 0, deadline: null, trail: ['clc'], body: { bytes: 1 } };

describe('messages on the wire', () => {
  it('come back as they were sent', () => {
    assert.deepEqual(decode(encode(sent)), { envelope: sent });
  });
  it('may carry fields this version does not know', () => {
    assert.deepEqual(decode(Buffer.from(JSON.stringify({ ...sent, later: 1 }))), { envelope: sent });
  });
  it('tell an unknown version from a bad shape', () => {
    assert.deepEqual(decode(Buffer.from('{"v":2}')), { code: 'MESSAGE_VERSION', reason: 'unknown version 2' });
    const bad = decode(Buffer.from('{"v":1}'));
    assert.ok('code' in bad && bad.code === 'MESSAGE_INVALID' && bad.reason.includes('id:'), JSON.stringify(bad));
  });
  it('never make the reader throw, whatever the bytes', () => {
    for (const bytes of ['', 'null', '[]', '1', '"x"', '\0\xff', '{"v":"1"}']) assert.ok('code' in decode(Buffer.from(bytes, 'latin1')), bytes);
  });
  it('have a body of the shape their name promises, or a refusal that names the field', () => {
    assert.deepEqual(parseBody(sent, z.object({ bytes: z.number() })), { bytes: 1 });
    assert.throws(() => parseBody(sent, z.object({ bytes: z.string() })), (e) => hasCode(e, 'MESSAGE_INVALID') && (e as Error).message.includes('bytes'));
  });
});
