// The history is what the invariants stand on.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openHistory, readHistory } from './history.ts';

describe('the history of a campaign', () => {
  let dir = '';
  beforeEach(() => { dir = mkdtempSync(path.join(os.tmpdir(), 'edu-history-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is read back as it was written, without a line that was torn', async () => {
    const file = path.join(dir, 'history.jsonl');
    let at = 100;
    const history = openHistory(file, () => at++);
    const id = history.nextId();
    history.append({ kind: 'call', id, actor: 'admin', method: 'POST', path: '/images', body: { name: 'a\nb' } });
    history.append({ kind: 'lost', id, error: 'reset' });
    history.close();
    appendFileSync(file, '{"at":3,"kind":"ret');
    assert.deepEqual(await readHistory(file), [
      { at: 100, kind: 'call', id: 1, actor: 'admin', method: 'POST', path: '/images', body: { name: 'a\nb' } },
      { at: 101, kind: 'lost', id: 1, error: 'reset' },
    ]);
    assert.equal(history.nextId(), 2);
  });
});
