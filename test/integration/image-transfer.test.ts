// Downloads, cut-through, cache and uploads over real sockets and a real file system.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode, ImageRef, UploadTicket } from '@educloud/contracts';
import { hasCode, type CloudError } from '@educloud/errors';
import { createImageCache, createUploads, download, sendUpload, type AcceptedUpload, type ImageCache, type Uploads } from '@educloud/images';
import { silentLog } from '@educloud/log';
import { eventually } from '../support/eventually.ts';
import { startImageServer, type ImageServer } from '../support/image-server.ts';

const MiB = 1024 * 1024;
const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const never = (): AbortSignal => new AbortController().signal;
const code = (c: ErrorCode) => (e: unknown): boolean => { assert.ok(hasCode(e, c), `${c} expected, got ${String(e)} ${(e as CloudError).code}`); return true; };

describe('image transfers', function () {
  this.timeout(20_000);
  let dir: string;
  const closing: Array<() => Promise<void>> = [];
  const bytes = randomBytes(8 * MiB + 512);
  const image: ImageRef = { imageId: 'img-00000001', version: 1, sha256: sha(bytes), sizeBytes: bytes.length, virtualSizeBytes: bytes.length, format: 'raw' };
  let source: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'edu-transfer-'));
    source = join(dir, 'source');
    writeFileSync(source, bytes);
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    rmSync(dir, { recursive: true, force: true });
  });
  const serve = async (): Promise<ImageServer> => {
    const server = await startImageServer({ file: () => ({ path: source, sha256: image.sha256, sizeBytes: bytes.length }) });
    closing.push(server.close);
    return server;
  };
  const get = (server: ImageServer, more: Partial<Parameters<typeof download>[0]> = {}): Promise<void> =>
    download({ url: `${server.url}/file`, ticket: 't', path: join(dir, 'target'), sha256: image.sha256, sizeBytes: bytes.length, where: 'test', reserveBytes: 0, signal: never(), pauseMs: () => 5, ...more });

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
      const open = (): string[] => readdirSync('/proc/self/fd').filter((fd) => { try { return readlinkSync(`/proc/self/fd/${fd}`) === source; } catch { return false; } });
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
      assert.ok(readFileSync(join(dir, 'target')).equals(bytes));
      assert.equal(statSync(join(dir, 'target')).mode & 0o777, 0o444);
      assert.ok(!existsSync(join(dir, 'target.part')));
    });
    it('goes on by itself after the line was cut, with If-Range and without asking twice for a byte', async () => {
      const server = await serve();
      server.cut(3 * MiB, 2);
      const seen: number[] = [];
      await get(server, { onProgress: (done) => seen.push(done) });
      assert.ok(readFileSync(join(dir, 'target')).equals(bytes));
      assert.ok(server.requests.length >= 3 && server.requests.slice(1).every((r) => r.status === 206), JSON.stringify(server.requests));
      assert.deepEqual(seen, [...seen].sort((a, b) => a - b), 'progress never goes back');
    });
    it('resumes a part of an earlier process', async () => {
      const server = await serve();
      writeFileSync(join(dir, 'target.part'), bytes.subarray(0, 5 * MiB));
      await get(server);
      assert.equal(server.requests[0]?.range, `bytes=${5 * MiB}-`);
      assert.ok(readFileSync(join(dir, 'target')).equals(bytes));
    });
    it('refuses wrong bytes and keeps nothing', async () => {
      const server = await serve();
      writeFileSync(join(dir, 'target.part'), randomBytes(MiB));
      await assert.rejects(get(server), code('CHECKSUM_MISMATCH'));
      assert.deepEqual(readdirSync(dir), ['source']);
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
      assert.ok(existsSync(join(dir, 'target.part')));
    });
    it('stops at once when it is aborted', async () => {
      const server = await serve();
      const controller = new AbortController();
      await assert.rejects(get(server, { signal: controller.signal, onProgress: (done) => { if (done > MiB) controller.abort(); } }), code('CANCELLED'));
      assert.ok(!existsSync(join(dir, 'target')));
    });
    it('says where and how much is missing before a byte moves', async () => {
      const server = await serve();
      await assert.rejects(get(server, { reserveBytes: 2 ** 50 }), (e) => code('DISK_FULL')(e) && (e as CloudError).data?.['where'] === 'test' && Number((e as CloudError).data?.['missingBytes']) > 0);
      assert.equal(server.requests.length, 0);
    });
  });

  describe('cache', () => {
    const caches = (dirName: string, fetch: Parameters<typeof createImageCache>[0]['fetch'], free?: () => Promise<number>): Promise<ImageCache> =>
      createImageCache({ dir: join(dir, dirName), reserveBytes: 0, where: 'cache', log: silentLog(), now: Date.now, fetch, ...(free ? { freeBytes: free } : {}) });
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
        await fetchFrom(walrus)({ ...into, onWritten: (n) => into.onWritten(Math.min(n, 4 * MiB)) });
        await held;
        into.onWritten(bytes.length);
      });
      closing.push(cc.close);
      await cc.start('ins-1', image, { url: '', ticket: '' });
      const server = await startImageServer({ file: () => cc.read(image) });
      closing.push(server.close);
      await get(server, { onProgress: (done) => { if (done >= 3 * MiB) { assert.ok(cc.filling(image) || done > 4 * MiB); release(); } } });
      assert.ok(readFileSync(join(dir, 'target')).equals(bytes));
    });
    it('cuts off its readers when the fill fails, so that they fail retryably', async () => {
      const cc = await caches('cc', async (into) => {
        writeFileSync(`${into.path}.part`, bytes.subarray(0, 2 * MiB));
        into.onWritten(2 * MiB);
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
      writeFileSync(join(dir, 'cc', 'img-0000000f.v1.raw.part'), 'left by a crash');
      const second = await caches('cc', fetchFrom(server)); // the first was killed: nobody closed it
      assert.deepEqual(second.pins().get('img-00000001.v1'), ['ins-1']);
      assert.ok(second.path(image));
      assert.ok(!existsSync(join(dir, 'cc', 'img-0000000f.v1.raw.part')));
    });
    it('stops a fill that nobody wants any more and leaves nothing of it', async () => {
      const cc = await caches('cc', async (into) => {
        writeFileSync(`${into.path}.part`, 'x');
        await new Promise<void>((_, reject) => { into.signal.addEventListener('abort', () => reject(new Error('aborted'))); });
      });
      closing.push(cc.close);
      await cc.start('ins-1', image, { url: '', ticket: '' });
      await cc.unpin('ins-1');
      assert.deepEqual(readdirSync(join(dir, 'cc')), ['pins']);
    });
    it('evicts what was used longest ago, never what is pinned, and says DISK_FULL when only pinned ones are left', async () => {
      let free = 25;
      const small = (n: number): ImageRef => ({ ...image, imageId: `img-0000000${n}`, sizeBytes: 10 });
      let clock = 0;
      const cc = await createImageCache({
        dir: join(dir, 'cc'), reserveBytes: 0, where: 'cache', log: silentLog(), now: () => (clock += 1000),
        freeBytes: async () => free - readdirSync(join(dir, 'cc')).filter((f) => f.endsWith('.raw')).length * 10,
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

  describe('uploads', () => {
    let uploads: Uploads;
    let accepted: AcceptedUpload[];
    let refused: CloudError[];
    let claims: UploadTicket;
    const open = async (more: Partial<Parameters<typeof createUploads>[0]> = {}): Promise<ImageServer> => {
      accepted = [];
      refused = [];
      claims = { action: 'image/upload', imageId: image.imageId, version: 1, sizeBytes: bytes.length, sha256: null, format: 'raw', maxVirtualBytes: 2 ** 40, tid: null };
      uploads = await createUploads({ dir: join(dir, 'in'), finalDir: join(dir, 'final'), where: 'store', reserveBytes: 0, log: silentLog(), now: Date.now, onAccepted: async (u) => { accepted.push(u); }, onRefused: async (_, e) => { refused.push(e); }, ...more });
      const server = await startImageServer({ uploads: () => ({ uploads, claims }) });
      closing.push(server.close, uploads.close);
      return server;
    };
    const send = (server: ImageServer, more: Partial<Parameters<typeof sendUpload>[0]> = {}): Promise<void> =>
      sendUpload({ uploadUrl: `${server.url}/uploads`, ticket: 't', image: { imageId: image.imageId, version: 1, sizeBytes: bytes.length }, path: source, signal: never(), pauseMs: () => 5, ...more });
    const left = (): string[] => [...readdirSync(join(dir, 'in')), ...readdirSync(join(dir, 'final'))];

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
      server.cut(3 * MiB, 2);
      const seen: number[] = [];
      await send(server, { onProgress: (done) => seen.push(done) });
      assert.equal(accepted[0]?.sha256, image.sha256);
      assert.ok(server.requests.filter((r) => r.method === 'PATCH').length >= 3);
    });
    it('goes on after the receiver was killed, and hides the partial meanwhile', async () => {
      const server = await open();
      server.cut(3 * MiB, 1);
      await assert.rejects(send(server, { attempts: 1 }), code('TRANSFER_FAILED'));
      assert.deepEqual(readdirSync(join(dir, 'final')), []);
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
        yield bytes.subarray(0, MiB);
        await new Promise((_, reject) => { stop.signal.addEventListener('abort', () => reject(new Error('replaced')), { once: true }); });
      }
      const replaced = assert.rejects(uploads.append(claims, 0, silentAfterSome(), stop), code('TRANSFER_FAILED'));
      while ((await uploads.stand(claims)).offset < MiB) await new Promise((resolve) => { setImmediate(resolve); });
      time += 6000;
      async function* rest(): AsyncGenerator<Buffer> { for (let at = MiB; at < bytes.length; at += MiB) yield bytes.subarray(at, at + MiB); }
      const both = await Promise.allSettled([uploads.append(claims, MiB, rest(), new AbortController()), uploads.append(claims, MiB, rest(), new AbortController())]);
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
      async function* of(all: Buffer): AsyncGenerator<Buffer> { for (let at = 0; at < all.length; at += MiB) yield all.subarray(at, at + MiB); }
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
      server.cut(3 * MiB, 1);
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
      server.cut(3 * MiB, 1);
      await assert.rejects(send(server, { attempts: 1 }));
      await uploads.close();
      truncateSync(join(dir, 'in', 'img-00000001.v1.raw.part'), MiB);
      const again = await open();
      await send(again);
      assert.equal(accepted[0]?.sha256, image.sha256);
    });
  });
});
