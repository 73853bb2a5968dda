// Files of images are served and fetched, over real sockets and a real file system.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudError } from '@educloud/errors';
import { eventually } from '../support/eventually.ts';
import { code, MIB, transferScene } from '../support/transfer-scene.ts';

describe('image transfers', function () {
  this.timeout(20_000);
  const scene = transferScene();
  const { bytes, get, serve } = scene;

  describe('serving', () => {
    it('R109 leaves no file open when readers go away in the middle', async () => {
      const collected: string[] = [];
      const heard = (w: Error): void => void (w.message.includes('garbage collection') && collected.push(w.message));
      process.on('warning', heard);
      const server = await serve();
      for (let reader = 0; reader < 30; reader++) {
        const gone = new AbortController();
        const answer = await fetch(`${server.url}/file`, { headers: { Authorization: 'Bearer t' }, signal: gone.signal });
        const body = answer.body!.getReader();
        for (let chunk = 0; chunk < reader % 7; chunk++) await body.read();
        gone.abort();
        await body.closed.catch(() => undefined);
      }
      const open = (): string[] => readdirSync('/proc/self/fd').filter((fd) => { try { return readlinkSync(`/proc/self/fd/${fd}`) === scene.source; } catch { return false; } });
      await eventually('the file is closed', () => open().length === 0, 5000);
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', heard);
      // A forgotten handle is closed by the garbage collector some day, with this warning.
      assert.deepEqual(collected, []);
    });
  });

  describe('download', () => {
    it('brings the exact bytes, read-only, and leaves no part', async () => {
      await get(await serve());
      assert.ok(readFileSync(join(scene.dir, 'target')).equals(bytes));
      assert.equal(statSync(join(scene.dir, 'target')).mode & 0o777, 0o444);
      assert.ok(!existsSync(join(scene.dir, 'target.part')));
    });
    it('goes on by itself after the line was cut, with If-Range and without asking twice for a byte', async () => {
      const server = await serve();
      server.cut(3 * MIB, 2);
      const seen: number[] = [];
      await get(server, { onProgress: (done) => seen.push(done) });
      assert.ok(readFileSync(join(scene.dir, 'target')).equals(bytes));
      assert.ok(server.requests.length >= 3 && server.requests.slice(1).every((r) => r.status === 206), JSON.stringify(server.requests));
      assert.deepEqual(seen, [...seen].sort((a, b) => a - b), 'progress never goes back');
    });
    it('resumes a part of an earlier process', async () => {
      const server = await serve();
      writeFileSync(join(scene.dir, 'target.part'), bytes.subarray(0, 5 * MIB));
      await get(server);
      assert.equal(server.requests[0]?.range, `bytes=${5 * MIB}-`);
      assert.ok(readFileSync(join(scene.dir, 'target')).equals(bytes));
    });
    it('refuses wrong bytes and keeps nothing', async () => {
      const server = await serve();
      writeFileSync(join(scene.dir, 'target.part'), randomBytes(MIB));
      await assert.rejects(get(server), code('CHECKSUM_MISMATCH'));
      assert.deepEqual(readdirSync(scene.dir), ['source']);
    });
    it('refuses a file of another size', async () => {
      const server = await serve();
      await assert.rejects(get(server, { sizeBytes: bytes.length - 1 }), code('CHECKSUM_MISMATCH'));
    });
    it('gives up with TRANSFER_FAILED, keeping the part', async () => {
      const server = await serve();
      server.cut(0, 100);
      await assert.rejects(get(server, { attempts: 3 }), code('TRANSFER_FAILED'));
      assert.equal(server.requests.length, 3);
      assert.ok(existsSync(join(scene.dir, 'target.part')));
    });
    it('stops at once when it is aborted', async () => {
      const server = await serve();
      const controller = new AbortController();
      await assert.rejects(get(server, { signal: controller.signal, onProgress: (done) => { if (done > MIB) controller.abort(); } }), code('CANCELLED'));
      assert.ok(!existsSync(join(scene.dir, 'target')));
    });
    it('says where and how much is missing before a byte moves', async () => {
      const server = await serve();
      await assert.rejects(get(server, { reserveBytes: 2 ** 50 }), (e) => code('DISK_FULL')(e) && (e as CloudError).data?.['where'] === 'test' && Number((e as CloudError).data?.['missingBytes']) > 0);
      assert.equal(server.requests.length, 0);
    });
  });
});
