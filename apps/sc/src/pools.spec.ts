import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { lookAtPools } from './pools.ts';

describe('pools', () => {
  it('tells size and free space of a pool that can be written', async () => {
    const [pool] = await lookAtPools([{ name: 'default', path: tmpdir() }]);
    assert.ok(pool!.healthy && pool!.totalBytes > pool!.freeBytes && pool!.freeBytes > 0);
  });
  it('shows a pool that is gone as unhealthy, and the others as they are', async () => {
    const pools = await lookAtPools([{ name: 'gone', path: '/nowhere/at/all' }, { name: 'default', path: tmpdir() }]);
    assert.deepEqual(pools.map((p) => p.healthy), [false, true]);
    assert.match(pools[0]!.message, /ENOENT/);
  });
});
