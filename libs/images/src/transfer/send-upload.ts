// The sending half of an upload (tus 1.0.0): makes it, asks how far the receiver is, sends the rest, again after each break.
// Used by NC → CC and CC → Walrus.
import { open } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { say, type ImageRef } from '@educloud/contracts';
import { CloudError, hasCode, wrap } from '@educloud/errors';
import { CHUNK_BYTES } from '../hash.ts';
import { exchange, lineBroke, pause, pauseBefore, refusalOf } from './exchange.ts';

export interface SendOptions {
  uploadUrl: string;
  ticket: string;
  /** The ticket says which version it is; id and version here only help to read a trace. */
  image: Pick<ImageRef, 'sizeBytes'> & Partial<Pick<ImageRef, 'imageId' | 'version'>>;
  path: string;
  signal: AbortSignal;
  onProgress?: (done: number, total: number) => void;
  /** Failures in a row, without a byte accepted in between, after which it gives up. Default 6. */
  attempts?: number;
  pauseMs?: (attempt: number) => number;
  /** The receiver hashes, inspects and syncs before it answers the last byte. Default 10 min. */
  finishMs?: number;
}

const TUS = { 'Tus-Resumable': '1.0.0' };
/** Errors of ours that a later attempt may get past. */
const mayPass = (e: unknown): boolean => hasCode(e, 'TRANSFER_FAILED') || hasCode(e, 'CONFLICT') || hasCode(e, 'NOT_READY') || hasCode(e, 'NOT_FOUND');

async function call(options: SendOptions, url: URL, method: string, headers: OutgoingHttpHeaders, ok: number[]): Promise<{ location: string | undefined; offset: number | null }> {
  const response = await exchange({ url, method, headers: { ...TUS, Authorization: `Bearer ${options.ticket}`, ...headers }, signal: options.signal });
  if (!ok.includes(response.statusCode ?? 0)) throw method === 'HEAD' && response.statusCode === 404 ? new CloudError('NOT_FOUND', say('receiverForgot')) : await refusalOf(response, url.host);
  response.resume();
  const offset = response.headers['upload-offset'];
  return { location: response.headers.location, offset: offset === undefined ? null : Number(offset) };
}

/** Makes the upload, or finds the one that was made before. */
async function create(options: SendOptions): Promise<{ url: URL; offset: number }> {
  const { imageId, version, sizeBytes } = options.image;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const endpoint = new URL(options.uploadUrl);
  const made = await call(options, endpoint, 'POST', { 'Upload-Length': String(sizeBytes), 'Content-Length': '0', ...(imageId ? { 'Upload-Metadata': `image ${base64(imageId)},version ${base64(String(version ?? ''))}` } : {}) }, [200, 201]);
  if (!made.location) throw lineBroke(`${endpoint.host} did not say where to send the bytes`);
  const url = new URL(made.location, endpoint);
  // The ticket goes only to the host it was meant for.
  if (url.host !== endpoint.host) url.host = endpoint.host;
  return { url, offset: made.offset ?? (await call(options, url, 'HEAD', {}, [200, 204])).offset ?? 0 };
}

async function sendFrom(options: SendOptions, url: URL, start: number): Promise<number> {
  const { image: { sizeBytes }, signal, onProgress } = options;
  const file = await open(options.path, 'r');
  try {
    const response = await exchange({
      url, method: 'PATCH', signal, idleMs: options.finishMs ?? 600_000,
      headers: { ...TUS, Authorization: `Bearer ${options.ticket}`, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(start), 'Content-Length': String(sizeBytes - start) },
      async sendBody(write) {
        const buffers = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
        const sent: Array<Promise<void>> = [Promise.resolve(), Promise.resolve()];
        for (let at = start, turn = 0; at < sizeBytes; turn = 1 - turn) {
          await sent[turn];
          const { bytesRead } = await file.read(buffers[turn]!, 0, Math.min(CHUNK_BYTES, sizeBytes - at), at);
          if (bytesRead === 0) throw new CloudError('INTERNAL', 'the file to send is shorter than it was registered');
          at += bytesRead;
          const writing = write(buffers[turn]!.subarray(0, bytesRead));
          writing.catch(() => undefined); // told by the next await of the same turn
          sent[turn] = writing;
          onProgress?.(at - bytesRead, sizeBytes);
        }
        await Promise.all(sent);
      },
    });
    if (response.statusCode !== 204 && response.statusCode !== 200) throw await refusalOf(response, url.host);
    response.resume();
    return Number(response.headers['upload-offset'] ?? 0);
  } finally { await file.close(); }
}

/**
 * Resolves when the receiver has everything, checked and synced.
 * @throws TRANSFER_FAILED (retryable, resumes), TICKET_INVALID, DISK_FULL, CHECKSUM_MISMATCH, IMAGE_*, CANCELLED: as the receiver said
 */
export async function sendUpload(options: SendOptions): Promise<void> {
  const { image: { sizeBytes }, attempts = 6, pauseMs = pauseBefore, signal } = options;
  let best = -1;
  for (let failed = 0; ;) {
    try {
      const { url, offset } = await create(options);
      if (offset > best) { best = offset; failed = 0; }
      options.onProgress?.(offset, sizeBytes);
      const now = offset < sizeBytes ? await sendFrom(options, url, offset) : offset;
      if (now !== sizeBytes) throw lineBroke(`the receiver has ${now} of ${sizeBytes} bytes`);
      options.onProgress?.(sizeBytes, sizeBytes);
      return;
    } catch (e) {
      if (!mayPass(e)) throw e;
      failed += 1;
      if (failed >= attempts) throw hasCode(e, 'TRANSFER_FAILED') ? wrap(e, say('gaveUpAfter', { attempts: failed })) : new CloudError('TRANSFER_FAILED', say('gaveUpAfter', { attempts: failed }), { cause: e });
      await pause(pauseMs(failed), signal);
    }
  }
}
