// The scene of the tests of image transfers: a file to be transferred, a folder of its own for each test, and real servers that end with it.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode, ImageRef } from '@educloud/contracts';
import { hasCode, type CloudError } from '@educloud/errors';
import { download } from '@educloud/images';
import { startImageServer, type ImageServer } from './image-server.ts';

export const MIB = 1024 * 1024;
export const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
export const never = (): AbortSignal => new AbortController().signal;
/** For assert.rejects. */
export const code = (c: ErrorCode) => (e: unknown): boolean => { assert.ok(hasCode(e, c), `${c} expected, got ${String(e)} ${(e as CloudError).code}`); return true; };

export interface TransferScene {
  /** What is transferred, and what is told of it. */
  readonly bytes: Buffer;
  readonly image: ImageRef;
  /** Of the present test. */
  readonly dir: string;
  /** The file with the bytes, in `dir`. */
  readonly source: string;
  /** To be closed with the test, in this order. */
  readonly closing: Array<() => Promise<void>>;
  /** A server of the file. */
  serve(): Promise<ImageServer>;
  /** A download to `target` in `dir`. */
  get(server: ImageServer, more?: Partial<Parameters<typeof download>[0]>): Promise<void>;
}

/** To be called in a `describe`. */
export function transferScene(): TransferScene {
  const bytes = randomBytes(8 * MIB + 512);
  const image: ImageRef = { imageId: 'img-00000001', version: 1, sha256: sha(bytes), sizeBytes: bytes.length, virtualSizeBytes: bytes.length, format: 'raw' };
  const closing: Array<() => Promise<void>> = [];
  let dir = '';
  const source = (): string => join(dir, 'source');
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'edu-transfer-'));
    writeFileSync(source(), bytes);
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    bytes, image, closing,
    get dir() { return dir; },
    get source() { return source(); },
    async serve() {
      const server = await startImageServer({ file: () => ({ path: source(), sha256: image.sha256, sizeBytes: bytes.length }) });
      closing.push(server.close);
      return server;
    },
    get: (server, more = {}) =>
      download({ url: `${server.url}/file`, ticket: 't', path: join(dir, 'target'), sha256: image.sha256, sizeBytes: bytes.length, where: 'test', reserveBytes: 0, signal: never(), pauseMs: () => 5, ...more }),
  };
}
