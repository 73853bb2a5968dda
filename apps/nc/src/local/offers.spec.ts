import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openOfferBook } from './offers.ts';

describe('what a host may run', () => {
  let dir = '';
  before(async () => { dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-offers-')); });
  after(() => rm(dir, { recursive: true, force: true }));
  const open = (offers: string): ReturnType<typeof openOfferBook> => openOfferBook({ paths: { dir, offers }, ccUrl: 'http://127.0.0.1:1', newId: () => 'id', now: () => 0, identity: () => null, prove: (envelope) => envelope });

  it('R198: is shown as soon as it is on the disk, not before: it is still there after a power cut', async () => {
    const inTheWay = path.join(dir, 'a-folder.json');
    const book = await open(inTheWay);
    await mkdir(path.join(inTheWay, 'full'), { recursive: true });
    await assert.rejects(book.registered({ id: 'nc-1', publicKeyPem: 'key' }));
    assert.deepEqual([book.hostId(), book.publicKeyPem()], [null, null]);
  });
  it('is what was kept, after each write in turn', async () => {
    const file = path.join(dir, 'offers.json');
    const book = await open(file);
    await Promise.all([book.registered({ id: 'nc-1', publicKeyPem: 'old' }), book.registered({ id: 'nc-1', publicKeyPem: 'new' })]);
    assert.deepEqual([(await open(file)).hostId(), (await open(file)).publicKeyPem()], ['nc-1', 'new']);
  });
});
