// Gives an image file to whoever asks over HTTP: Range, If-Range, HEAD, strong ETag; also while the file is still being filled.
// Called by the file routes of Walrus and CC, after they checked the ticket.
import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { CHUNK_BYTES } from '../hash.ts';
import { hasErrno } from '../durable.ts';
import type { GrowingFile } from './growing.ts';
import { etagOf, parseRange } from './range.ts';

/** Sent while the file is still being filled: bytes that are here already. */
export const FILLED_BYTES = 'educloud-filled-bytes';

/** A file as it is served. */
export interface ServedFile {
  path: string;
  sha256: string;
  /** Final size, also while growing. */
  sizeBytes: number;
  growing?: GrowingFile | null;
  /** Proposed to a person who saves it. Made by us: id, version, format. */
  fileName?: string;
}

/** Node calls nobody back for what was written to a connection that has gone. */
const write = (response: ServerResponse, chunk: Buffer, gone: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const left = (): void => reject(new CloudError('TRANSFER_FAILED', 'the reader went away'));
    if (gone.aborted) return left();
    gone.addEventListener('abort', left, { once: true });
    response.write(chunk, (e) => {
      gone.removeEventListener('abort', left);
      if (e) reject(e);
      else resolve();
    });
  });

async function sendBytes(response: ServerResponse, file: ServedFile, start: number, end: number, signal: AbortSignal): Promise<void> {
  const handle = file.growing ? await file.growing.open() : await open(file.path, 'r');
  try {
    // Two buffers: while one is on its way into the socket, the other is being read.
    const buffers = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
    const sent: Array<Promise<void>> = [Promise.resolve(), Promise.resolve()];
    let at = start;
    for (let turn = 0; at < end; turn = 1 - turn) {
      await sent[turn];
      if (signal.aborted) return;
      let length = Math.min(CHUNK_BYTES, end - at);
      if (file.growing && file.growing.available() < at + length) {
        await file.growing.waitBeyond(at, signal);
        length = Math.min(length, file.growing.available() - at);
      }
      const { bytesRead } = await handle.read(buffers[turn]!, 0, length, at);
      if (bytesRead === 0) throw new CloudError('TRANSFER_FAILED', say('fileTooShort'));
      at += bytesRead;
      const writing = write(response, buffers[turn]!.subarray(0, bytesRead), signal);
      writing.catch(() => undefined); // told by the next await of the same turn
      sent[turn] = writing;
    }
    await Promise.all(sent);
    response.end();
  } finally { await handle.close(); }
}

/** Resolves when the answer has gone out or the reader went away. @throws NOT_FOUND, RANGE_NOT_SATISFIABLE while nothing was sent. */
export async function serveFile(request: IncomingMessage, response: ServerResponse, file: ServedFile): Promise<void> {
  const etag = etagOf(file.sha256);
  response.setHeader('ETag', etag);
  response.setHeader('Accept-Ranges', 'bytes');
  if (file.growing) response.setHeader(FILLED_BYTES, file.growing.available());
  response.setHeader('Cache-Control', 'private, no-transform, immutable');
  if (request.headers['if-none-match']?.split(',').some((tag) => tag.trim() === etag || tag.trim() === '*')) {
    response.writeHead(304).end();
    return;
  }
  const ifRange = request.headers['if-range'];
  const range = ifRange === undefined || String(ifRange).trim() === etag ? parseRange(request.headers.range, file.sizeBytes) : ({ kind: 'whole' } as const);
  if (range.kind === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${file.sizeBytes}`);
    throw new CloudError('RANGE_NOT_SATISFIABLE', say('fileHasBytes', { bytes: file.sizeBytes }), { data: { sizeBytes: file.sizeBytes } });
  }
  const { start, end } = range.kind === 'part' ? range : { start: 0, end: file.sizeBytes };
  if (range.kind === 'part') response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${file.sizeBytes}`);
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', end - start);
  if (file.fileName) response.setHeader('Content-Disposition', `attachment; filename="${file.fileName}"`);
  response.statusCode = range.kind === 'part' ? 206 : 200;
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  // The reader of a growing file may wait a while for its first byte: it shall at least know that it was accepted.
  if (file.growing) response.flushHeaders();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.once('error', () => gone.abort());
  try {
    await sendBytes(response, file, start, end, gone.signal);
  } catch (e) {
    if (!response.headersSent && !gone.signal.aborted && hasErrno(e, 'ENOENT')) {
      for (const name of response.getHeaderNames()) if (/^(content-|etag|accept-ranges)/.test(name)) response.removeHeader(name);
      throw new CloudError('NOT_FOUND', say('fileNotHere'), { cause: e });
    }
    // Headers may be out: only a cut connection tells the reader that this is not the end of the file.
    response.destroy();
  }
}
