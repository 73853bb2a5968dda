// Uploads: cut, killed, refused, sent twice at once, over real sockets and a real file system.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { UploadTicket } from '@educloud/contracts';
import type { CloudError } from '@educloud/errors';
import { createUploads, sendUpload, type AcceptedUpload, type Uploads } from '@educloud/images';
import { silentLog } from '@educloud/log';
import { startImageServer, type ImageServer } from '../support/image-server.ts';
import { code, MIB, never, sha, transferScene } from '../support/transfer-scene.ts';

describe('image transfers', function () {
  this.timeout(20_000);
  const scene = transferScene();
  const { bytes, closing, image } = scene;

  describe('uploads', () => {
    let uploads: Uploads;
    let accepted: AcceptedUpload[];
    let refused: CloudError[];
    let claims: UploadTicket;
    const open = async (more: Partial<Parameters<typeof createUploads>[0]> = {}): Promise<ImageServer> => {
      accepted = [];
      refused = [];
      claims = { action: 'image/upload', imageId: image.imageId, version: 1, sizeBytes: bytes.length, sha256: null, format: 'raw', maxVirtualBytes: 2 ** 40, tid: null };
      uploads = await createUploads({ dir: join(scene.dir, 'in'), finalDir: join(scene.dir, 'final'), where: 'store', reserveBytes: 0, log: silentLog(), now: Date.now, onAccepted: async (u) => { accepted.push(u); }, onRefused: async (_, e) => { refused.push(e); }, ...more });
      const server = await startImageServer({ uploads: () => ({ uploads, claims }) });
      closing.push(server.close, uploads.close);
      return server;
    };
    const send = (server: ImageServer, more: Partial<Parameters<typeof sendUpload>[0]> = {}): Promise<void> =>
      sendUpload({ uploadUrl: `${server.url}/uploads`, ticket: 't', image: { imageId: image.imageId, version: 1, sizeBytes: bytes.length }, path: scene.source, signal: never(), pauseMs: () => 5, ...more });
    const left = (): string[] => [...readdirSync(join(scene.dir, 'in')), ...readdirSync(join(scene.dir, 'final'))];

    it('gives a complete upload its name and its hash', async () => {
      const server = await open();
      await send(server);
      assert.equal(accepted[0]?.sha256, image.sha256);
      assert.deepEqual(left(), ['img-00000001.v1.raw']);
      await send(server); // the answer was lost, say
      assert.equal(accepted.length, 1);
    });
    it('goes on where a cut upload stands', async () => {
      const server = await open();
      server.cut(3 * MIB, 2);
      const seen: number[] = [];
      await send(server, { onProgress: (done) => seen.push(done) });
      assert.equal(accepted[0]?.sha256, image.sha256);
      assert.ok(server.requests.filter((r) => r.method === 'PATCH').length >= 3);
    });
    it('goes on after the receiver was killed, and hides the partial meanwhile', async () => {
      const server = await open();
      server.cut(3 * MIB, 1);
      await assert.rejects(send(server, { attempts: 1 }), code('TRANSFER_FAILED'));
      assert.deepEqual(readdirSync(join(scene.dir, 'final')), []);
      const again = await open();
      await send(again);
      assert.equal(accepted[0]?.sha256, image.sha256);
    });
    it('tells again what was named but not told when it was killed', async () => {
      const server = await open({ onAccepted: () => Promise.reject(new Error('killed here')) });
      await assert.rejects(send(server, { attempts: 1 }));
      await open();
      assert.equal(accepted[0]?.sha256, image.sha256);
      assert.deepEqual(left(), ['img-00000001.v1.raw']);
    });
    it('refuses announced bytes that came wrong, and keeps nothing', async () => {
      const server = await open();
      claims.sha256 = '0'.repeat(64);
      await assert.rejects(send(server), code('CHECKSUM_MISMATCH'));
      assert.equal(refused[0]?.code, 'CHECKSUM_MISMATCH');
      assert.deepEqual(left(), []);
    });
    it('refuses what is not what it was declared to be, and keeps nothing', async () => {
      const server = await open();
      claims.format = 'qcow2';
      await assert.rejects(send(server), code('IMAGE_FORMAT_MISMATCH'));
      assert.deepEqual(left(), []);
    });
    it('refuses another size than the ticket names', async () => {
      const server = await open();
      claims.sizeBytes -= 512;
      await assert.rejects(send(server), code('TICKET_INVALID'));
      assert.deepEqual(left(), []);
    });
    it('promises the same room only once', async () => {
      await open({ freeBytes: async () => 10_000_000 });
      await uploads.reserve({ imageId: 'img-00000009', version: 1, sizeBytes: 8_000_000, format: 'raw' });
      await assert.rejects(uploads.open(claims), (e) => code('DISK_FULL')(e) && (e as CloudError).data?.['missingBytes'] === bytes.length + 8_000_000 - 10_000_000);
      await uploads.discard({ imageId: 'img-00000009', version: 1 });
      await uploads.open(claims);
    });
    it('lets only one connection send a version', async () => {
      await open();
      await uploads.open(claims);
      const stop = new AbortController();
      let more = (): void => undefined;
      async function* slow(): AsyncGenerator<Buffer> { yield bytes.subarray(0, 10); await new Promise<void>((r) => { more = r; }); }
      const first = uploads.append(claims, 0, slow(), stop);
      await new Promise((resolve) => { setImmediate(resolve); });
      await assert.rejects(uploads.append(claims, 0, slow(), new AbortController()), code('CONFLICT'));
      while (true) { more(); if (await Promise.race([first.then(() => true), new Promise((r) => { setImmediate(() => r(false)); })])) break; }
    });
    it('lets only one of two connections take the place of a silent sender', async () => {
      let time = Date.now();
      await open({ now: () => time });
      await uploads.open(claims);
      const stop = new AbortController();
      async function* silentAfterSome(): AsyncGenerator<Buffer> {
        yield bytes.subarray(0, MIB);
        await new Promise((_, reject) => { stop.signal.addEventListener('abort', () => reject(new Error('replaced')), { once: true }); });
      }
      const replaced = assert.rejects(uploads.append(claims, 0, silentAfterSome(), stop), code('TRANSFER_FAILED'));
      while ((await uploads.stand(claims)).offset < MIB) await new Promise((resolve) => { setImmediate(resolve); });
      time += 6000;
      async function* rest(): AsyncGenerator<Buffer> { for (let at = MIB; at < bytes.length; at += MIB) yield bytes.subarray(at, at + MIB); }
      const both = await Promise.allSettled([uploads.append(claims, MIB, rest(), new AbortController()), uploads.append(claims, MIB, rest(), new AbortController())]);
      await replaced;
      const told = both.map((b) => (b.status === 'fulfilled' ? 'sent' : (b.reason as CloudError).code));
      assert.deepEqual(told.sort(), ['CONFLICT', 'sent']);
      assert.equal(accepted[0]?.sha256, image.sha256);
    });
    it('R205: lets nobody send while what came is checked and named: the file stays what was accepted', async () => {
      let named = (): void => undefined;
      let goOn = (): void => undefined;
      const isNamed = new Promise<void>((resolve) => { named = resolve; });
      const may = new Promise<void>((resolve) => { goOn = resolve; });
      await open({ onAccepted: async (u) => { accepted.push(u); named(); await may; } });
      await uploads.open(claims);
      async function* of(all: Buffer): AsyncGenerator<Buffer> { for (let at = 0; at < all.length; at += MIB) yield all.subarray(at, at + MIB); }
      const first = uploads.append(claims, 0, of(bytes), new AbortController());
      await isNamed;
      const late = [0, bytes.length].map((offset) => uploads.append(claims, offset, of(Buffer.alloc(bytes.length - offset, 7)), new AbortController()).then(() => 'sent', (e: CloudError) => e.code));
      await new Promise((resolve) => { setTimeout(resolve, 50); }); // what must not happen would have by now
      goOn();
      assert.equal(await first, bytes.length);
      assert.deepEqual(await Promise.all(late), ['NOT_FOUND', 'sent']);
      assert.deepEqual([left(), accepted.length], [['img-00000001.v1.raw'], 1]);
      assert.equal(sha(readFileSync(accepted[0]!.path)), image.sha256);
    });
    it('removes what nobody continued for a day', async () => {
      let time = Date.now();
      const server = await open({ now: () => time });
      server.cut(3 * MIB, 1);
      await assert.rejects(send(server, { attempts: 1 }));
      await uploads.collect();
      assert.equal(left().length, 2);
      time += 25 * 3600 * 1000;
      // The receiver may notice the cut a moment after the sender did; an upload under way is never collected.
      for (const end = Date.now() + 5000; left().length > 0 && Date.now() < end;) {
        await uploads.collect();
        await new Promise((resolve) => { setImmediate(resolve); });
      }
      assert.deepEqual(left(), []);
    });
    it('starts the hash anew when the part on disk is shorter than remembered', async () => {
      const server = await open();
      server.cut(3 * MIB, 1);
      await assert.rejects(send(server, { attempts: 1 }));
      await uploads.close();
      truncateSync(join(scene.dir, 'in', 'img-00000001.v1.raw.part'), MIB);
      const again = await open();
      await send(again);
      assert.equal(accepted[0]?.sha256, image.sha256);
    });
  });
});
