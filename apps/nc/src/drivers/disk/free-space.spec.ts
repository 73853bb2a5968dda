// Room for a disk file: the configured reserve stays free, and a cache gives way before anybody is refused.
import assert from 'node:assert/strict';
import { createRoom } from './free-space.ts';

describe('room for disk files', () => {
  it('keeps the reserve of the node free, and says what is missing', async () => {
    const room = createRoom({ freeSpace: async () => 100, reserveBytes: 60 });
    await room.require('/d', 40, 'nc-1:/d');
    await assert.rejects(room.require('/d', 41, 'nc-1:/d'), { code: 'DISK_FULL', data: { where: 'nc-1:/d', missingBytes: 1 } });
  });
  it('takes what the cache gives back before it refuses', async () => {
    let free = 0;
    const asked: number[] = [];
    const room = createRoom({ freeSpace: async () => free, reserveBytes: 10, makeRoom: async (bytes) => void (asked.push(bytes), (free = 50)) });
    await room.require('/d', 40, 'd');
    assert.deepEqual(asked, [40]);
    await assert.rejects(room.require('/d', 41, 'd'), { code: 'DISK_FULL' });
  });
});
