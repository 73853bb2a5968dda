// The cache of a cluster or node: one fetch for all who want a version, cut-through, pins and eviction, over real sockets and a real file system.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageRef } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { createImageCache, download, type ImageCache } from '@educloud/images';
import { silentLog } from '@educloud/log';
import { startImageServer, type ImageServer } from '../support/image-server.ts';
import { code, MIB, never, transferScene } from '../support/transfer-scene.ts';

describe('image transfers', function () {
  this.timeout(20_000);
  const scene = transferScene();
  const { bytes, closing, get, image, serve } = scene;

  describe('cache', () => {
    const caches = (dirName: string, fetch: Parameters<typeof createImageCache>[0]['fetch'], free?: () => Promise<number>): Promise<ImageCache> =>
      createImageCache({ dir: join(scene.dir, dirName), reserveBytes: 0, where: 'cache', log: silentLog(), now: Date.now, fetch, ...(free ? { freeBytes: free } : {}) });
    const fetchFrom = (server: ImageServer): Parameters<typeof createImageCache>[0]['fetch'] => ({ image: i, path, signal, onProgress, onWritten }) =>
      download({ url: `${server.url}/file`, ticket: 't', path, sha256: i.sha256, sizeBytes: i.sizeBytes, where: 'cache', reserveBytes: 0, signal, onProgress, onWritten, pauseMs: () => 5, attempts: 2 });

    it('fetches once for fifty callers', async () => {
      const server = await serve();
      const cache = await caches('cc', fetchFrom(server));
      closing.push(cache.close);
      const paths = await Promise.all(Array.from({ length: 50 }, (_, n) => cache.ensure(`ins-${n}`, image, { url: '', ticket: '' }, { signal: never() })));
      assert.equal(new Set(paths).size, 1);
      assert.equal(server.requests.length, 1);
      assert.equal(cache.pins().get('img-00000001.v1')?.length, 50);
    });
    it('wakes all callers when the fill fails', async () => {
      const server = await serve();
      server.cut(0, 100);
      const cache = await caches('cc', fetchFrom(server));
      closing.push(cache.close);
      const all = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => cache.ensure(`ins-${n}`, image, { url: '', ticket: '' }, { signal: never() })));
      assert.ok(all.every((r) => r.status === 'rejected' && hasCode(r.reason, 'TRANSFER_FAILED')));
    });
    it('lets a node read while the cluster is still filling (cut-through)', async () => {
      const walrus = await serve();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => { release = resolve; });
      const cc = await caches('cc', async (into) => {
        await fetchFrom(walrus)({ ...into, onWritten: (n) => into.onWritten(Math.min(n, 4 * MIB)) });
        await held;
        into.onWritten(bytes.length);
      });
      closing.push(cc.close);
      await cc.start('ins-1', image, { url: '', ticket: '' });
      const server = await startImageServer({ file: () => cc.read(image) });
      closing.push(server.close);
      await get(server, { onProgress: (done) => { if (done >= 3 * MIB) { assert.ok(cc.filling(image) || done > 4 * MIB); release(); } } });
      assert.ok(readFileSync(join(scene.dir, 'target')).equals(bytes));
    });
    it('cuts off its readers when the fill fails, so that they fail retryably', async () => {
      const cc = await caches('cc', async (into) => {
        writeFileSync(`${into.path}.part`, bytes.subarray(0, 2 * MIB));
        into.onWritten(2 * MIB);
        await new Promise<void>((_, reject) => { setTimeout(() => reject(new Error('walrus is gone')), 30); });
      });
      closing.push(cc.close);
      await cc.start('ins-1', image, { url: '', ticket: '' });
      const server = await startImageServer({ file: () => cc.read(image) });
      closing.push(server.close);
      await assert.rejects(get(server, { attempts: 1 }), code('TRANSFER_FAILED'));
    });
    it('keeps pins and complete versions over a restart, and drops stale parts', async () => {
      const server = await serve();
      const first = await caches('cc', fetchFrom(server));
      await first.ensure('ins-1', image, { url: '', ticket: '' }, { signal: never() });
      writeFileSync(join(scene.dir, 'cc', 'img-0000000f.v1.raw.part'), 'left by a crash');
      const second = await caches('cc', fetchFrom(server)); // the first was killed: nobody closed it
      assert.deepEqual(second.pins().get('img-00000001.v1'), ['ins-1']);
      assert.ok(second.path(image));
      assert.ok(!existsSync(join(scene.dir, 'cc', 'img-0000000f.v1.raw.part')));
    });
    it('stops a fill that nobody wants any more and leaves nothing of it', async () => {
      const cc = await caches('cc', async (into) => {
        writeFileSync(`${into.path}.part`, 'x');
        await new Promise<void>((_, reject) => { into.signal.addEventListener('abort', () => reject(new Error('aborted'))); });
      });
      closing.push(cc.close);
      await cc.start('ins-1', image, { url: '', ticket: '' });
      await cc.unpin('ins-1');
      assert.deepEqual(readdirSync(join(scene.dir, 'cc')), ['pins']);
    });
    it('evicts what was used longest ago, never what is pinned, and says DISK_FULL when only pinned ones are left', async () => {
      let free = 25;
      const small = (n: number): ImageRef => ({ ...image, imageId: `img-0000000${n}`, sizeBytes: 10 });
      let clock = 0;
      const cc = await createImageCache({
        dir: join(scene.dir, 'cc'), reserveBytes: 0, where: 'cache', log: silentLog(), now: () => (clock += 1000),
        freeBytes: async () => free - readdirSync(join(scene.dir, 'cc')).filter((f) => f.endsWith('.raw')).length * 10,
        fetch: async (into) => { writeFileSync(into.path, Buffer.alloc(10)); },
      });
      closing.push(cc.close);
      const ensure = (n: number): Promise<string> => cc.ensure(`ins-${n}`, small(n), { url: '', ticket: '' }, { signal: never() });
      await ensure(1);
      await ensure(2);
      await cc.unpin('ins-1');
      await ensure(3);
      assert.deepEqual(cc.list().map((e) => e.image.imageId).sort(), ['img-00000002', 'img-00000003']);
      await assert.rejects(ensure(4), code('DISK_FULL'));
      free = 100;
      await ensure(4);
    });
  });
});
