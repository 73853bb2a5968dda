// The room a node reports: a cache that filled the disk must not keep it from work, and growing overlays must not count twice.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { diskRoom, takenBytes } from './disk-room.ts';

const more = { reserveBytes: 10, evictableBytes: 0, instancesBytes: 0 };

describe('disk room of a node', () => {
  it('counts what the cache would give back as free', () => {
    assert.deepEqual(diskRoom({ totalBytes: 100, freeBytes: 10 }, { ...more, evictableBytes: 60 }), { totalBytes: 100, freeBytes: 60, claimableBytes: 60 });
  });
  it('promises no less while the disks it promised grow', () => {
    const before = diskRoom({ totalBytes: 100, freeBytes: 90 }, more);
    const after = diskRoom({ totalBytes: 100, freeBytes: 50 }, { ...more, instancesBytes: 40 });
    assert.equal(after.claimableBytes, before.claimableBytes);
    assert.equal(after.freeBytes, 40);
  });
  it('is never negative', () => assert.deepEqual(diskRoom({ totalBytes: 100, freeBytes: 3 }, more), { totalBytes: 100, freeBytes: 0, claimableBytes: 0 }));

  it('measures what the instances take, not how large they say they are', async () => {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'edu-room-'));
    try {
      await mkdir(path.join(dir, 'ins-00000001'));
      await writeFile(path.join(dir, 'ins-00000001', 'disk.qcow2'), Buffer.alloc(256 * 1024, 1));
      const sparse = await open(path.join(dir, 'ins-00000001', 'flat.qcow2'), 'w');
      await sparse.truncate(1024 ** 3);
      await sparse.close();
      const taken = await takenBytes(dir);
      assert.ok(taken >= 256 * 1024 && taken < 1024 ** 2, String(taken));
      assert.equal(await takenBytes(path.join(dir, 'gone')), 0);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
