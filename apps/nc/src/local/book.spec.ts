import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openDeskBook, type Desk } from './book.ts';

const desk = (id: string, phase: Desk['phase'] = 'off'): Desk => ({ id, name: id, lifetime: 'persistent', phase, madeFrom: null, use: null, stop: null, error: null, said: null, ended: false });

describe('what became of the local desktops of a host', () => {
  let dir = '';
  beforeEach(async () => { dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-desks-')); });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('R141 is as the disk has it: a start that a full disk did not take is none, and the desktop can be started later', async () => {
    const file = path.join(dir, 'desks.json');
    const book = await openDeskBook(file);
    await book.put(desk('one'));
    const inTheWay = `${file}.new`;
    await mkdir(path.join(inTheWay, 'full'), { recursive: true });
    await assert.rejects(book.change('one', { phase: 'starting' }));
    await assert.rejects(book.put(desk('two')));
    await assert.rejects(book.remove('one'));
    assert.deepEqual(book.all().map(({ id, phase }) => [id, phase]), [['one', 'off']]);
    await rm(inTheWay, { recursive: true });
    assert.equal((await book.change('one', { phase: 'starting' })).phase, 'starting');
    assert.deepEqual((await openDeskBook(file)).all(), book.all());
  });
  it('has each of two changes that come at the same time', async () => {
    const file = path.join(dir, 'desks.json');
    const book = await openDeskBook(file);
    await Promise.all([book.put(desk('one')), book.change('one', { phase: 'starting' }), book.change('one', { ended: true }), book.put(desk('two')), book.remove('two')]);
    assert.deepEqual(book.all(), [{ ...desk('one', 'starting'), ended: true }]);
    assert.deepEqual((await openDeskBook(file)).all(), book.all());
    await assert.rejects(book.change('two', { phase: 'off' }), /no local desktop two/);
  });
});
