// What every way of copying images promises, HTTP and SFTP alike. Run by transfer.test.ts against real servers.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode, ImageRef } from '@educloud/contracts';
import { hasCode, type CloudError } from '@educloud/errors';
import type { ImageCopy } from '../../apps/nc/src/drivers/image-copy/interface.ts';

export interface TransferScene {
  copy(options?: { reserveBytes?: number }): ImageCopy;
  source: { url: string; ticket: string };
  /** Cut each connection after about so many bytes, `times` times. */
  cut(afterBytes: number, times: number): void;
  /** Bytes that left the server so far. */
  sent(): number;
  close(): Promise<void>;
}

const MiB = 1024 * 1024;
const BYTES = randomBytes(12 * MiB + 512);
const SHA = createHash('sha256').update(BYTES).digest('hex');

export function transferContract(kind: string, open: (file: string) => Promise<TransferScene>): void {
  describe(`image copy over ${kind}`, function () {
    this.timeout(30_000);
    let dir: string;
    let scene: TransferScene;
    const image: ImageRef = { imageId: 'img-00000001', version: 1, sha256: SHA, sizeBytes: BYTES.length, virtualSizeBytes: BYTES.length, format: 'raw' };
    const refused = (code: ErrorCode) => (e: unknown): boolean => { assert.ok(hasCode(e, code), `${code} expected, got ${(e as CloudError).code}: ${String(e)}`); return true; };

    before(async () => {
      dir = mkdtempSync(join(tmpdir(), 'edu-copy-'));
      writeFileSync(join(dir, 'img-00000001.v1.raw'), BYTES, { mode: 0o644 });
      scene = await open(join(dir, 'img-00000001.v1.raw'));
    });
    after(async () => {
      await scene?.close();
      rmSync(dir, { recursive: true, force: true });
    });
    let target: string;
    beforeEach(() => { target = join(mkdtempSync(join(dir, 't-')), 'img-00000001.v1.raw'); });
    const left = (): string[] => readdirSync(join(target, '..'));
    const fetch = (more: { image?: ImageRef; signal?: AbortSignal; onProgress?: (done: number, total: number) => void; reserveBytes?: number } = {}): Promise<void> =>
      scene.copy(more.reserveBytes === undefined ? {} : { reserveBytes: more.reserveBytes }).fetch({ image: more.image ?? image, source: scene.source, path: target, signal: more.signal ?? new AbortController().signal, onProgress: more.onProgress ?? (() => undefined) });

    it('brings the exact bytes and nothing else', async () => {
      const seen: number[] = [];
      await fetch({ onProgress: (done) => seen.push(done) });
      assert.ok(readFileSync(target).equals(BYTES));
      assert.deepEqual(left(), ['img-00000001.v1.raw']);
      assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
      assert.equal(seen.at(-1), BYTES.length);
    });
    it('keeps a complete file without moving a byte', async () => {
      writeFileSync(target, BYTES);
      const before = scene.sent();
      await fetch();
      assert.equal(scene.sent(), before);
    });
    it('resumes after the line was cut, without starting over', async () => {
      const before = scene.sent();
      scene.cut(5 * MiB, 1);
      await fetch();
      assert.ok(readFileSync(target).equals(BYTES));
      assert.ok(scene.sent() - before < BYTES.length * 1.7, `${scene.sent() - before} bytes were sent`);
    });
    it('resumes the part of an earlier process', async () => {
      writeFileSync(`${target}.part`, BYTES.subarray(0, 9 * MiB));
      const before = scene.sent();
      await fetch();
      assert.ok(readFileSync(target).equals(BYTES));
      assert.ok(scene.sent() - before < 6 * MiB);
    });
    it('refuses wrong bytes and keeps nothing', async () => {
      await assert.rejects(fetch({ image: { ...image, sha256: '0'.repeat(64) } }), refused('CHECKSUM_MISMATCH'));
      assert.deepEqual(left(), []);
    });
    it('stops when it is aborted and never shows half a file', async () => {
      const controller = new AbortController();
      await assert.rejects(fetch({ signal: controller.signal, onProgress: (done) => { if (done >= 2 * MiB) controller.abort(); } }), refused('CANCELLED'));
      assert.ok(!existsSync(target));
    });
    it('says where and how much is missing before a byte moves', async () => {
      const before = scene.sent();
      await assert.rejects(fetch({ reserveBytes: 2 ** 50 }), (e) => refused('DISK_FULL')(e) && Number((e as CloudError).data?.['missingBytes']) > 0);
      assert.equal(scene.sent(), before);
    });
  });
}
