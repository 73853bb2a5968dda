// A box is opened by the node it was closed for, for what it was closed for, and by nobody else.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { hasCode } from '@educloud/errors';
import { closeBox, openBox } from './secret-box.ts';

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

describe('a secret box', () => {
  it('is opened by the node it is for, tells nobody else what is in it, and is another one each time', () => {
    const box = closeBox(hashOf('node one'), 'ins-1', 'pass wörd');
    assert.equal(openBox('node one', 'ins-1', box), 'pass wörd');
    assert.ok(!Buffer.from(box, 'base64url').includes('pass'));
    assert.notEqual(closeBox(hashOf('node one'), 'ins-1', 'pass wörd'), box);
  });
  it('is refused by another node, for another instance, changed, or cut short', () => {
    const box = closeBox(hashOf('node one'), 'ins-1', 'text');
    const changed = `${box.slice(0, -2)}${box.endsWith('AA') ? 'BB' : 'AA'}`;
    for (const [secret, about, given] of [['node two', 'ins-1', box], ['node one', 'ins-2', box], ['node one', 'ins-1', changed], ['node one', 'ins-1', box.slice(0, 20)], ['node one', 'ins-1', '']] as const) {
      assert.throws(() => openBox(secret, about, given), (e) => hasCode(e, 'MESSAGE_UNPROVEN'));
    }
  });
});
