import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDurably } from './durable.ts';

describe('writing durably', () => {
  let dir = '';
  beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'edu-durable-')); });
  afterEach(() => rm(dir, { recursive: true }));

  it('leaves the whole new text and nothing else', async () => {
    await writeDurably(join(dir, 'a.json'), 'old');
    await writeDurably(join(dir, 'a.json'), 'new');
    assert.deepEqual([await readdir(dir), await readFile(join(dir, 'a.json'), 'utf8')], [['a.json'], 'new']);
  });
  it('R110 leaves nothing of a text that could not be written', async () => {
    await mkdir(join(dir, 'a.json'));
    await assert.rejects(writeDurably(join(dir, 'a.json'), 'text'), /EISDIR|ENOTEMPTY|EEXIST/);
    assert.deepEqual(await readdir(dir), ['a.json']);
  });
  it('R145 takes several writes of one file at the same time, one after another: the last one counts', async () => {
    const file = join(dir, 'often.json');
    await Promise.all(Array.from({ length: 20 }, (_, n) => writeDurably(file, `text ${n} ${'.'.repeat(20 - n)}`)));
    assert.equal(await readFile(file, 'utf8'), 'text 19 .');
    await assert.rejects(Promise.all([writeDurably(join(dir, 'missing', 'a.json'), 'one'), writeDurably(join(dir, 'missing', 'a.json'), 'two')]), { code: 'ENOENT' });
    await writeDurably(file, 'later');
    assert.equal(await readFile(file, 'utf8'), 'later');
  });
});
