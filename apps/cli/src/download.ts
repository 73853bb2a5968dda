// Fetches a file with Range, resuming a `.part` an earlier call left, and checks its sha256 before it gets its name.
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { DownloadGrant } from '@educloud/contracts';
import { hashInto } from './file-hash.ts';
import { isLocalTrouble } from './local-file.ts';

export class DownloadError extends Error {
  constructor(message: string, readonly status: number | null, readonly corrupt = false) {
    super(message);
  }
}

const SILENCE_MS = 60_000;

const request = (grant: DownloadGrant, from: number): Promise<http.IncomingMessage> => new Promise((resolve, reject) => {
  const client = grant.url.startsWith('https:') ? https : http;
  const headers = { Authorization: `Bearer ${grant.ticket}`, ...(from > 0 ? { Range: `bytes=${from}-`, 'If-Range': `"sha256-${grant.sha256}"` } : {}) };
  const r = client.get(grant.url, { headers }, resolve);
  r.setTimeout(SILENCE_MS, () => r.destroy(new Error('the store is silent')));
  r.on('error', reject);
});

/** Leaves `<file>.part` behind when it breaks off. */
export async function fetchFile(grant: DownloadGrant, file: string, onBytes: (done: number) => void): Promise<void> {
  const part = `${file}.part`;
  let done = existsSync(part) ? statSync(part).size : 0;
  if (done > grant.sizeBytes) { await rm(part); done = 0; }
  let hash = createHash('sha256');
  if (done > 0) await hashInto(hash, part);
  if (done < grant.sizeBytes) {
    const answer = await request(grant, done).catch((e: NodeJS.ErrnoException) => { throw new DownloadError(e.code ?? e.message, null); });
    if (answer.statusCode !== 200 && answer.statusCode !== 206) {
      answer.resume();
      throw new DownloadError(`HTTP ${answer.statusCode} ${answer.statusMessage ?? ''}`.trim(), answer.statusCode ?? null);
    }
    // 200 although a range was asked for: another file, or a server without ranges. From the start.
    if (answer.statusCode === 200 && done > 0) { done = 0; hash = createHash('sha256'); }
    const into = await open(part, done > 0 ? 'a' : 'w');
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        await into.appendFile(chunk);
        hash.update(chunk);
        done += chunk.length;
        onBytes(done);
      }
    } catch (e) {
      if (isLocalTrouble(e)) throw e;
      const { code, message } = e as NodeJS.ErrnoException;
      throw new DownloadError(code ?? message, null);
    } finally {
      // Whoever reads the part after a break finds in it what was counted.
      await into.close();
    }
  }
  if (done !== grant.sizeBytes) throw new DownloadError(`${done} of ${grant.sizeBytes} bytes arrived`, null);
  if (hash.digest('hex') !== grant.sha256) {
    await rm(part);
    throw new DownloadError('the sha256 does not match', null, true);
  }
  const handle = await open(part, 'r+');
  await handle.sync();
  await handle.close();
  await rename(part, file);
}

/** A name for a local file from what people called an image. */
export const safeFileName = (name: string, version: number, extension: string): string =>
  // Control characters and what some system forbids are taken out.
  `${name.replace(/[\u0000-\u001f\u007f/\\:*?"<>|]+/g, '_').replace(/^[-.\s]+/, '').replace(/\s+$/, '').slice(0, 120) || 'image'}.v${version}.${extension}`;
