import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWalSync, type WalSync } from './index.ts';

describe('wal sync', () => {
  let dir = '';
  let ends: Array<{ ok(): void; fail(e: Error): void }> = [];
  let sync: WalSync;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'wal-sync-'));
    await writeFile(join(dir, 'some.db-wal'), '');
    ends = [];
    sync = createWalSync(join(dir, 'some.db'), () => new Promise((resolve, reject) => { ends.push({ ok: resolve, fail: reject }); }));
  });
  afterEach(async () => {
    const closed = sync.close();
    for (let end = ends.shift(); end; end = ends.shift()) end.ok();
    await closed;
    await rm(dir, { recursive: true, force: true });
  });
  const asked = async (times: number): Promise<void> => {
    for (const until = Date.now() + 8000; ends.length < times; await new Promise((r) => setTimeout(r, 1))) assert.ok(Date.now() < until, `the disk was asked ${ends.length} times`);
  };
  const stateOf = async (p: Promise<void>): Promise<string> => Promise.race([p.then(() => 'done', () => 'failed'), new Promise<string>((r) => setImmediate(() => r('waits')))]);

  it('asks the disk once for all who came before it was asked', async () => {
    const first = sync.synced();
    await asked(1);
    const later = [sync.synced(), sync.synced(), sync.synced()];
    ends[0]?.ok();
    await first;
    await asked(2);
    assert.equal(await stateOf(later[2] as Promise<void>), 'waits');
    ends[1]?.ok();
    await Promise.all(later);
    assert.equal(ends.length, 2);
  });
  it('never counts a sync that began before the commit', async () => {
    const first = sync.synced();
    await asked(1);
    const committedMeanwhile = sync.synced();
    ends[0]?.ok();
    await first;
    assert.equal(await stateOf(committedMeanwhile), 'waits');
  });
  it('lets a reader wait for what it may have seen, and nobody when nothing is open', async () => {
    assert.equal(await stateOf(sync.settled()), 'done');
    void sync.synced();
    await asked(1);
    const reader = sync.settled();
    assert.equal(await stateOf(reader), 'waits');
    ends[0]?.ok();
    await reader;
  });
  it('R107 trusts the log no more once the disk has refused: neither writers nor readers', async () => {
    const first = sync.synced();
    await asked(1);
    const meanwhile = sync.synced();
    ends[0]?.fail(new Error('EIO'));
    await assert.rejects(first, /EIO/);
    await assert.rejects(meanwhile, /EIO/);
    await assert.rejects(sync.synced(), /started again/);
    await assert.rejects(sync.settled(), /started again/);
    assert.equal(ends.length, 1);
  });
});
