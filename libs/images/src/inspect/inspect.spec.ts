import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode, ImageFormat } from '@educloud/contracts';
import { hasCode, isCloudError } from '@educloud/errors';
import fc from 'fast-check';
import { inspectImage } from './inspect.ts';

/** A standalone qcow2 v3 header with its tables, 4 clusters of 64 KiB. */
function qcow2(change: (head: Buffer) => void = () => undefined, version = 3): Buffer {
  const file = Buffer.alloc(4 * 65536);
  file.writeUInt32BE(0x514649fb, 0);
  file.writeUInt32BE(version, 4);
  file.writeUInt32BE(16, 20);
  file.writeBigUInt64BE(512n * 1024n * 1024n, 24);
  file.writeUInt32BE(1, 36);
  file.writeBigUInt64BE(3n * 65536n, 40);
  file.writeBigUInt64BE(65536n, 48);
  file.writeUInt32BE(1, 56);
  if (version === 3) {
    file.writeUInt32BE(4, 96);
    file.writeUInt32BE(112, 100);
  }
  change(file);
  return file;
}

describe('inspectImage', () => {
  let dir: string;
  const limit = 1024 ** 4;
  before(() => { dir = mkdtempSync(join(tmpdir(), 'edu-inspect-')); });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const look = (bytes: Buffer, declaredFormat: ImageFormat, maxVirtualBytes = limit): ReturnType<typeof inspectImage> => {
    const path = join(dir, 'image');
    writeFileSync(path, bytes);
    return inspectImage(path, { declaredFormat, maxVirtualBytes });
  };
  const refuses = async (bytes: Buffer, format: ImageFormat, code: ErrorCode, max = limit): Promise<void> => {
    await assert.rejects(look(bytes, format, max), (e) => { assert.ok(hasCode(e, code), `expected ${code}, got ${String((e as { code?: string }).code)}: ${String(e)}`); return true; });
  };

  it('accepts a plain qcow2 of version 2 and 3', async () => {
    assert.deepEqual(await look(qcow2(), 'qcow2'), { format: 'qcow2', virtualSizeBytes: 512 * 1024 * 1024 });
    assert.deepEqual(await look(qcow2(() => undefined, 2), 'qcow2'), { format: 'qcow2', virtualSizeBytes: 512 * 1024 * 1024 });
  });
  it('accepts lazy refcounts and unknown compatible bits', () => look(qcow2((h) => h.writeBigUInt64BE(0x8001n, 80)), 'qcow2'));
  for (const [bit, name] of [[1n, 'dirty'], [2n, 'corrupt'], [8n, 'compression type'], [16n, 'extended L2'], [1n << 40n, 'unknown']] as const) {
    it(`refuses the incompatible feature ${name}`, () => refuses(qcow2((h) => h.writeBigUInt64BE(bit, 72)), 'qcow2', 'IMAGE_FEATURES_UNKNOWN'));
  }
  it('refuses an external data file, by bit and by extension', async () => {
    await refuses(qcow2((h) => h.writeBigUInt64BE(4n, 72)), 'qcow2', 'IMAGE_DATA_FILE');
    await refuses(qcow2((h) => { h.writeUInt32BE(0x44415441, 112); h.writeUInt32BE(11, 116); h.write('/etc/shadow', 120); }), 'qcow2', 'IMAGE_DATA_FILE');
  });
  it('refuses a backing file, also an empty name at a place', async () => {
    await refuses(qcow2((h) => { h.writeBigUInt64BE(200n, 8); h.writeUInt32BE(11, 16); h.write('/etc/passwd', 200); }), 'qcow2', 'IMAGE_BACKING_FILE');
    await refuses(qcow2((h) => h.writeBigUInt64BE(200n, 8)), 'qcow2', 'IMAGE_BACKING_FILE');
  });
  it('lets an overlay have exactly its base', async () => {
    const path = join(dir, 'overlay');
    writeFileSync(path, qcow2((h) => { h.writeBigUInt64BE(200n, 8); h.writeUInt32BE(5, 16); h.write('/base', 200); }));
    assert.equal((await inspectImage(path, { declaredFormat: 'qcow2', maxVirtualBytes: limit, allowBacking: { basePath: '/base' } })).backing?.path, '/base');
    await assert.rejects(inspectImage(path, { declaredFormat: 'qcow2', maxVirtualBytes: limit, allowBacking: { basePath: '/other' } }), (e) => hasCode(e, 'IMAGE_BACKING_FILE'));
  });
  it('refuses encryption', () => refuses(qcow2((h) => h.writeUInt32BE(2, 32)), 'qcow2', 'IMAGE_FEATURES_UNKNOWN'));
  it('refuses a giant virtual size', async () => {
    await refuses(qcow2(), 'qcow2', 'IMAGE_TOO_BIG', 1024 * 1024);
    await refuses(qcow2((h) => h.writeBigUInt64BE(2n ** 63n, 24)), 'qcow2', 'IMAGE_TOO_BIG');
  });
  it('refuses tables outside the file, too large, too small or over the header', async () => {
    await refuses(qcow2((h) => h.writeBigUInt64BE(2n ** 40n, 40)), 'qcow2', 'IMAGE_CORRUPT');
    await refuses(qcow2((h) => h.writeBigUInt64BE(0n, 40)), 'qcow2', 'IMAGE_CORRUPT');
    await refuses(qcow2((h) => h.writeUInt32BE(0xffffffff, 36)), 'qcow2', 'IMAGE_CORRUPT');
    await refuses(qcow2((h) => h.writeUInt32BE(0, 36)), 'qcow2', 'IMAGE_CORRUPT');
    await refuses(qcow2((h) => h.writeUInt32BE(0xffffffff, 56)), 'qcow2', 'IMAGE_CORRUPT');
    await refuses(qcow2((h) => h.writeUInt32BE(100, 100)), 'qcow2', 'IMAGE_CORRUPT');
    await refuses(qcow2((h) => h.writeUInt32BE(30, 20)), 'qcow2', 'IMAGE_CORRUPT');
  });
  it('refuses other formats whatever they are declared as', async () => {
    const vhd = Buffer.alloc(4096);
    vhd.write('conectix', 4096 - 512);
    for (const bytes of [Buffer.concat([Buffer.from('KDMV'), Buffer.alloc(508)]), Buffer.concat([Buffer.from('vhdxfile'), Buffer.alloc(504)]), vhd]) {
      await refuses(bytes, 'raw', 'IMAGE_FORMAT_UNSUPPORTED');
      await refuses(bytes, 'qcow2', 'IMAGE_FORMAT_UNSUPPORTED');
    }
  });
  it('refuses a qcow2 that was declared raw, and a raw that was declared qcow2', async () => {
    await refuses(qcow2(), 'raw', 'IMAGE_FORMAT_MISMATCH');
    await refuses(Buffer.alloc(4096), 'qcow2', 'IMAGE_FORMAT_MISMATCH');
    await refuses(Buffer.alloc(65536), 'iso', 'IMAGE_FORMAT_MISMATCH');
  });
  it('accepts a raw disk and an ISO', async () => {
    assert.equal((await look(Buffer.alloc(1024 * 512), 'raw')).virtualSizeBytes, 1024 * 512);
    const iso = Buffer.alloc(65536);
    iso.write('CD001', 32769);
    assert.equal((await look(iso, 'iso')).format, 'iso');
  });
  it('refuses an empty file and half a sector', async () => {
    await refuses(Buffer.alloc(0), 'raw', 'IMAGE_CORRUPT');
    await refuses(Buffer.alloc(700), 'raw', 'IMAGE_CORRUPT');
  });
  it('throws nothing but a CloudError, whatever the bytes', async function () {
    this.timeout(20_000);
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(240), fc.integer({ min: 0, max: 255 })), { maxLength: 24 }), fc.nat(4 * 65536), fc.constantFrom<ImageFormat>('qcow2', 'raw', 'iso'), async (edits, length, format) => {
      const bytes = qcow2((h) => { for (const [at, value] of edits) h[at] = value; }).subarray(0, length);
      try { await look(bytes, format); } catch (e) { assert.ok(isCloudError(e) && e.code !== 'INTERNAL', String((e as Error).stack)); }
    }), { numRuns: 400 });
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.constantFrom<ImageFormat>('qcow2', 'raw', 'iso'), async (bytes, format) => {
      try { await look(Buffer.concat([Buffer.from([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3]), bytes]), format); } catch (e) { assert.ok(isCloudError(e) && e.code !== 'INTERNAL'); }
    }), { numRuns: 200 });
  });
  it('agrees with what qemu-img makes', function () {
    try { execFileSync('qemu-img', ['--version'], { stdio: 'ignore' }); } catch { this.skip(); }
    const path = join(dir, 'made.qcow2');
    return (async () => {
      for (const extra of ['compat=0.10', 'compat=1.1', 'cluster_size=2M', 'cluster_size=512', 'lazy_refcounts=on', 'preallocation=metadata']) {
        execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', extra, '--', path, '1G']);
        assert.equal((await inspectImage(path, { declaredFormat: 'qcow2', maxVirtualBytes: limit })).virtualSizeBytes, 1024 ** 3, extra);
      }
    })();
  });
});
