// Fetches a file of known size and sha256 into `path.part`, resuming what is there, and gives it its name only when the bytes are right.
// Called by the caches of CC and NC.
import { dirname } from 'node:path';
import { stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { say, type Said } from '@educloud/contracts';
import { asCloudError, CloudError, hasCode, wrap } from '@educloud/errors';
import { hasErrno, publishFile } from '../durable.ts';
import { assertRoom, diskFull, freeBytes } from '../free-space.ts';
import { cancelled } from '../hash.ts';
import { exchange, IDLE_MS, lineBroke, pause, pauseBefore, refusalOf } from './exchange.ts';
import { discardPart, openPart, partPath, type PartFile } from './part-file.ts';
import { etagOf } from './range.ts';

export interface DownloadOptions {
  url: string;
  ticket: string;
  path: string;
  sha256: string;
  sizeBytes: number;
  /** For messages: the daemon and directory that are being filled. */
  where: string;
  reserveBytes: number;
  signal: AbortSignal;
  onProgress?: (done: number, total: number) => void;
  /** Bytes in the part; for cut-through. */
  onWritten?: (sizeBytes: number) => void;
  /** Told each chunk; the next one is read when it resolves. For what must not take the whole line. */
  pace?: (bytes: number) => Promise<void> | undefined;
  /** Broken lines in a row, without a byte in between, after which it gives up. Default 6. */
  attempts?: number;
  idleMs?: number;
  /** Pause before the n-th retry. */
  pauseMs?: (attempt: number) => number;
}

/** Of 1 MiB each: a tenth of a second of a full 1 Gb/s line. */
const AHEAD_WRITES = 16;

const mismatch = (why: string | Said): CloudError => new CloudError('CHECKSUM_MISMATCH', why);

/** How the answer continues the part: from where, or an error. */
async function checkAnswer(response: IncomingMessage, options: DownloadOptions, from: number): Promise<number> {
  const where = new URL(options.url).host;
  const status = response.statusCode ?? 0;
  if (status === 416) { response.destroy(); throw mismatch(say('peerHasFewerBytes', { where })); }
  if (status !== 200 && status !== 206) throw await refusalOf(response, where);
  const etag = response.headers.etag;
  if (etag?.startsWith('"sha256-') && etag !== etagOf(options.sha256)) { response.destroy(); throw mismatch(say('peerHasOtherBytes', { where })); }
  if (status === 200) {
    const length = response.headers['content-length'];
    if (length !== undefined && Number(length) !== options.sizeBytes) { response.destroy(); throw mismatch(say('peerHasBytes', { where, has: length, registered: options.sizeBytes })); }
    return 0;
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers['content-range'] ?? '');
  if (!range || Number(range[1]) !== from) { response.destroy(); throw lineBroke(`${where} answered another range than was asked for`); }
  if (Number(range[3]) !== options.sizeBytes) { response.destroy(); throw mismatch(say('peerHasBytes', { where, has: range[3], registered: options.sizeBytes })); }
  return from;
}

/** One connection. Returns normally when the part is complete. */
async function attempt(part: PartFile, options: DownloadOptions): Promise<void> {
  const { signal, sizeBytes } = options;
  await part.flush();
  const from = part.sizeBytes();
  const headers = { Authorization: `Bearer ${options.ticket}`, 'Accept-Encoding': 'identity', ...(from > 0 ? { Range: `bytes=${from}-`, 'If-Range': etagOf(options.sha256) } : {}) };
  const response = await exchange({ url: new URL(options.url), method: 'GET', headers, signal, idleMs: options.idleMs ?? IDLE_MS });
  const start = await checkAnswer(response, options, from);
  if (start === 0 && from > 0) await part.restart();
  let received = start;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received > sizeBytes) throw mismatch(say('tooManyBytes'));
      const slowly = options.pace?.(chunk.length);
      if (slowly) await slowly;
      const full = part.append(chunk);
      if (full) await full;
    }
    await part.flush();
  } catch (e) {
    response.destroy();
    // At once: what still waits for the disk is asked for again by whoever resumes.
    if (signal.aborted) throw cancelled('the download', signal);
    await part.flush();
    if (hasCode(e, 'CHECKSUM_MISMATCH') || hasErrno(e, 'ENOSPC', 'EDQUOT', 'EIO', 'EROFS')) throw e;
    throw lineBroke(say('lineBroke'), e);
  }
  if (received < sizeBytes) throw lineBroke(say('lineEnded'));
}

async function receive(part: PartFile, options: DownloadOptions): Promise<void> {
  const { attempts = 6, pauseMs = pauseBefore, signal, sizeBytes } = options;
  for (let failed = 0; part.sizeBytes() < sizeBytes;) {
    const before = part.sizeBytes();
    try {
      await attempt(part, options);
    } catch (e) {
      if (!hasCode(e, 'TRANSFER_FAILED') && !hasCode(e, 'NOT_READY')) throw e;
      failed = part.sizeBytes() > before ? 1 : failed + 1;
      if (failed >= attempts) throw wrap(e, say('gaveUpAfter', { attempts: failed }));
      await pause(pauseMs(failed), signal);
    }
  }
}

/**
 * Resolves when `path` holds exactly the registered bytes, synced and read-only. A file that is there with the right size is kept.
 * After CANCELLED and TRANSFER_FAILED the part stays and the next call resumes it; after CHECKSUM_MISMATCH and DISK_FULL it is gone.
 * @throws TRANSFER_FAILED (retryable), CHECKSUM_MISMATCH, DISK_FULL {where, missingBytes}, TICKET_INVALID, NOT_FOUND, CANCELLED
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { path, sizeBytes, sha256, signal, onProgress } = options;
  const there = await stat(path).catch(() => null);
  if (there?.isFile() && there.size === sizeBytes) { options.onWritten?.(sizeBytes); onProgress?.(sizeBytes, sizeBytes); return; }
  const partial = await stat(partPath(path)).catch(() => null);
  await assertRoom({ directory: dirname(path), needBytes: sizeBytes - Math.min(partial?.size ?? 0, sizeBytes), reserveBytes: options.reserveBytes, where: options.where });
  let part: PartFile | undefined;
  let keepPart = true;
  try {
    const onWritten = (done: number): void => { options.onWritten?.(done); onProgress?.(done, sizeBytes); };
    part = await openPart(partPath(path), { maxBytes: sizeBytes, signal, aheadWrites: AHEAD_WRITES, onWritten });
    onProgress?.(part.sizeBytes(), sizeBytes);
    await receive(part, options);
    if ((await part.finish()) !== sha256) throw mismatch(say('registeredSumDiffers'));
    await publishFile(partPath(path), path);
    onProgress?.(sizeBytes, sizeBytes);
  } catch (e) {
    const left = sizeBytes - (part?.sizeBytes() ?? 0);
    const error = hasErrno(e, 'ENOSPC', 'EDQUOT') ? diskFull(options.where, left + options.reserveBytes - (await freeBytes(dirname(path)).catch(() => 0)), e) : asCloudError(e, 'downloading');
    keepPart = error.code !== 'CHECKSUM_MISMATCH' && error.code !== 'DISK_FULL';
    throw error;
  } finally {
    await part?.close().catch(() => undefined);
    if (!keepPart) await discardPart(path);
  }
}
