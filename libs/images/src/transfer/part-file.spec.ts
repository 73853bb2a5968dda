// What a receiver's file promises while its disk is slow, stands still, fails or is given up.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { hasCode } from '@educloud/errors';
import { openPart, type PartFile, type PartOptions } from './part-file.ts';

const MIB = 1024 * 1024;
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('a part', () => {
  let dir = '';
  let file = '';
  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'edu-part-'));
    file = path.join(dir, 'x.part');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** A disk on which a write begins only when it is let. */
  function heldDisk(): { openFile: typeof open; let(writes: number): void; fail(code: string): void } {
    let allowed = 0;
    let failure: Error | null = null;
    const held: Array<() => void> = [];
    const admit = (): void => { while (held.length > 0 && (allowed > 0 || failure)) { allowed -= 1; held.shift()?.(); } };
    return {
      let(writes) { allowed += writes; admit(); },
      fail(code) { failure = Object.assign(new Error(code), { code }); admit(); },
      openFile: (async (...args: Parameters<typeof open>) => {
        const handle = await open(...args);
        const writev = handle.writev.bind(handle);
        handle.writev = (async (chunks: Buffer[], at: number) => {
          await new Promise<void>((resolve) => { held.push(resolve); admit(); });
          if (failure) throw failure;
          return writev(chunks, at);
        }) as typeof handle.writev;
        return handle;
      }) as typeof open,
    };
  }
  const opened = (options: Partial<PartOptions>): Promise<PartFile> => openPart(file, { maxBytes: 1024 * MIB, now: () => 0, ...options });
  const pending = async (promise: Promise<unknown>): Promise<boolean> => {
    let over = false;
    promise.then(() => { over = true; }, () => { over = true; });
    for (let i = 0; i < 20; i++) await turnOfTheLoop();
    return !over;
  };

  it('takes as many writes as may wait while the disk stands still, then makes its caller wait, and no longer than for one write', async () => {
    const disk = heldDisk();
    const part = await opened({ aheadWrites: 16, openFile: disk.openFile });
    for (let i = 0; i < 16; i++) assert.equal(part.append(Buffer.alloc(MIB, i)), undefined);
    const full = part.append(Buffer.alloc(MIB, 16));
    assert.ok(full);
    assert.ok(await pending(full));
    disk.let(1);
    await full;
    disk.let(100);
    await part.flush();
    const bytes = readFileSync(file);
    assert.equal(bytes.length, 17 * MIB);
    for (let i = 0; i < 17; i++) assert.equal(bytes[i * MIB], i);
    await part.close();
  });

  it('tells of bytes only when they can be read from the file', async () => {
    const disk = heldDisk();
    const told: number[] = [];
    const part = await opened({ aheadWrites: 16, openFile: disk.openFile, onWritten: (size) => { assert.equal(statSync(file).size, size); told.push(size); } });
    for (let i = 0; i < 5; i++) void part.append(randomBytes(MIB));
    for (let i = 0; i < 20; i++) await turnOfTheLoop();
    assert.deepEqual([part.sizeBytes(), told], [0, []]);
    disk.let(2);
    while (told.length < 2) await turnOfTheLoop();
    assert.deepEqual([part.sizeBytes(), told], [2 * MIB, [MIB, 2 * MIB]]);
    disk.let(100);
    await part.flush();
    assert.deepEqual(told, [1, 2, 3, 4, 5].map((n) => n * MIB));
    await part.close();
  });

  it('stops at once when it is given up: only the write under way is finished, and the next one goes on from there', async () => {
    const disk = heldDisk();
    const giveUp = new AbortController();
    const part = await opened({ aheadWrites: 16, openFile: disk.openFile, signal: giveUp.signal });
    const bytes = randomBytes(10 * MIB);
    for (let i = 0; i < 10; i++) void part.append(bytes.subarray(i * MIB, (i + 1) * MIB));
    await turnOfTheLoop();
    giveUp.abort();
    disk.let(1);
    await assert.rejects(part.flush(), (e) => hasCode(e, 'CANCELLED'));
    await assert.rejects(part.append(Buffer.alloc(1)) as Promise<void>, (e) => hasCode(e, 'CANCELLED'));
    await part.close();
    assert.equal(part.sizeBytes(), MIB);
    assert.equal(statSync(file).size, MIB);

    const next = await opened({ aheadWrites: 16 });
    assert.equal(next.sizeBytes(), MIB);
    void next.append(bytes.subarray(MIB));
    assert.equal(await next.finish(), createHash('sha256').update(bytes).digest('hex'));
    await next.close();
  });

  it('closes without what waits: its size is that of the file', async () => {
    const disk = heldDisk();
    const part = await opened({ aheadWrites: 16, openFile: disk.openFile });
    for (let i = 0; i < 10; i++) void part.append(randomBytes(MIB));
    await turnOfTheLoop();
    const closing = part.close();
    disk.let(100);
    await closing;
    assert.equal(part.sizeBytes(), statSync(file).size);
    assert.ok(part.sizeBytes() <= MIB);
  });

  it('hands on what a write failed with, and writes nothing behind it', async () => {
    const disk = heldDisk();
    const part = await opened({ aheadWrites: 16, openFile: disk.openFile });
    for (let i = 0; i < 5; i++) void part.append(randomBytes(MIB));
    disk.let(2);
    while (part.sizeBytes() < 2 * MIB) await turnOfTheLoop();
    disk.fail('ENOSPC');
    await assert.rejects(part.flush(), { code: 'ENOSPC' });
    await assert.rejects(part.append(Buffer.alloc(1)) as Promise<void>, { code: 'ENOSPC' });
    await part.close();
    assert.equal(statSync(file).size, 2 * MIB);
  });

  it('writes what comes slowly after a moment, so that a reader behind it is not kept waiting', async () => {
    let time = 0;
    const part = await opened({ now: () => time });
    void part.append(Buffer.alloc(10));
    for (let i = 0; i < 20; i++) await turnOfTheLoop();
    assert.equal(part.sizeBytes(), 0);
    time = 1000;
    void part.append(Buffer.alloc(10));
    while (part.sizeBytes() < 20) await turnOfTheLoop();
    await part.close();
  });
});
