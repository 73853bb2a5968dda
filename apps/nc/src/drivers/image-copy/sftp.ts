// Images over SFTP, from the cache folder that an SSH server beside the CC exports: only completed files, so no cut-through.
// For sites where images shall travel encrypted and by keys. What the node sends goes by HTTP: the receiver checks it, an SFTP server does not.
import { stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, posix } from 'node:path';
import { say } from '@educloud/contracts';
import { asCloudError, CloudError, hasCode } from '@educloud/errors';
import { askFile, assertRoom, discardPart, diskFull, freeBytes, imageFileName, openPart, partPath, publishFile } from '@educloud/images';
import SftpClient from 'ssh2-sftp-client';
import type { Client, SFTPWrapper } from 'ssh2';
import { createHttpCopy, type HttpCopyOptions } from './http.ts';
import type { ImageCopy } from './interface.ts';
import { sftpLine, type SftpLine } from './sftp-line.ts';

export interface SftpCopyOptions extends HttpCopyOptions {
  /** Of the SSH server on the host of the CC. */
  port: number;
  /** Where that server shows the cache of the CC. */
  folder: string;
  user: string;
  /** PEM or OpenSSH format. */
  privateKey: string;
  /** base64 of the SHA-256 of the CC's host key, as `ssh-keygen -l` prints it after `SHA256:`. Without it nothing is fetched. */
  hostKeySha256: string;
  /** Requests under way at once: a single one is bound by the round trip. Default 256. */
  concurrency?: number;
  attempts?: number;
}

type FetchOptions = Parameters<ImageCopy['fetch']>[0];
const READ_BYTES = 32 * 1024; // what every SFTP server answers in one piece

const broken = (what: string, e: unknown): CloudError => new CloudError('TRANSFER_FAILED', what, { cause: e });
const cancelled = (signal: AbortSignal): CloudError => new CloudError('CANCELLED', 'the download was cancelled', { cause: signal.reason });

const readPiece = (sftp: SFTPWrapper, line: SftpLine, handle: Buffer, position: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.allocUnsafe(length);
  return line.ask<number>((answered) => { sftp.read(handle, buffer, 0, length, position, answered); }).then((got) => buffer.subarray(0, got));
};

/** All pieces from `from` on, in order, with many requests under way. */
async function* pieces(sftp: SFTPWrapper, line: SftpLine, handle: Buffer, from: number, to: number, concurrency: number): AsyncGenerator<Buffer> {
  const underWay: Array<Promise<Buffer>> = [];
  const wanted: Array<{ at: number; length: number }> = [];
  let next = from;
  let at = from;
  try {
    while (at < to) {
      while (underWay.length < concurrency && next < to) {
        const length = Math.min(READ_BYTES, to - next);
        const piece = readPiece(sftp, line, handle, next, length);
        piece.catch(() => undefined); // told when its turn comes
        underWay.push(piece);
        wanted.push({ at: next, length });
        next += length;
      }
      const { length } = wanted.shift()!;
      let piece = await underWay.shift()!;
      while (piece.length < length) { // a short answer: the rest of the piece is asked for again
        const rest = await readPiece(sftp, line, handle, at + piece.length, length - piece.length);
        if (rest.length === 0) throw new Error('the file on the cluster controller is shorter than registered');
        piece = Buffer.concat([piece, rest]);
      }
      at += piece.length;
      yield piece;
    }
  } finally { await Promise.allSettled(underWay); }
}

const MAX_POLL_MS = 2000;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => { clearTimeout(timer); signal.removeEventListener('abort', end); resolve(); };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

/** The CC may still be receiving the version, and its file gets its name only at the end. The job's deadline ends the wait. */
async function untilWhole({ source, signal }: FetchOptions, pauseMs: (poll: number) => number): Promise<void> {
  for (let poll = 1; (await askFile({ ...source, signal })) === 'filling'; poll++) {
    await pause(pauseMs(poll), signal);
    if (signal.aborted) throw cancelled(signal);
  }
}

const GOODBYE_MS = 2000;

/** `end` waits for the other side, which may not be there any more. */
async function hangUp(client: SftpClient): Promise<void> {
  const { client: connection } = client as unknown as { client: Client };
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([client.end().catch(() => undefined), new Promise((resolve) => { timer = setTimeout(resolve, GOODBYE_MS); })]);
  clearTimeout(timer);
  connection.destroy();
}

const NO_SUCH_FILE = 2; // SSH_FX_NO_SUCH_FILE

async function attempt(options: SftpCopyOptions, wanted: FetchOptions): Promise<void> {
  const { image, source, path, signal, onProgress } = wanted;
  await untilWhole(wanted, options.pauseMs ?? ((poll) => Math.min(MAX_POLL_MS, 100 * 2 ** poll)));
  const host = new URL(source.url).hostname.replace(/^\[|\]$/g, ''); // an IPv6 address stands in brackets
  const file = posix.join(options.folder, imageFileName(image));
  const client = new SftpClient('educloud', { error: () => undefined, end: () => undefined, close: () => undefined });
  const abort = (): void => void hangUp(client);
  signal.addEventListener('abort', abort, { once: true });
  const part = await openPart(partPath(path), { maxBytes: image.sizeBytes, signal, onWritten: (done) => onProgress(done, image.sizeBytes) });
  try {
    onProgress(part.sizeBytes(), image.sizeBytes);
    const sftp = (await client.connect({
      host, port: options.port, username: options.user, privateKey: options.privateKey, readyTimeout: 15_000, keepaliveInterval: 10_000,
      hostVerifier: (key: Buffer) => createHash('sha256').update(key).digest('base64').replace(/=+$/, '') === options.hostKeySha256.replace(/^SHA256:/, '').replace(/=+$/, ''),
      // GCM runs in hardware; the default negotiation may take chacha20, at half the speed.
      algorithms: { cipher: { prepend: ['aes128-gcm@openssh.com'], append: [], remove: [] } },
    })) as unknown as SFTPWrapper;
    const line = sftpLine(sftp);
    const handle = await line.ask<Buffer>((answered) => { sftp.open(file, 'r', answered); }).catch((e: unknown) => {
      if ((e as { code?: unknown }).code !== NO_SUCH_FILE) throw e;
      throw broken(`${host} has the image, but its SFTP server shows no ${file}: does transfer.sftpPath name the cache of the cluster controller?`, e);
    });
    let done = part.sizeBytes();
    for await (const piece of pieces(sftp, line, handle, done, image.sizeBytes, options.concurrency ?? 256)) {
      if (signal.aborted) throw cancelled(signal);
      done += piece.length;
      const full = part.append(piece);
      if (full) await full;
    }
    if ((await part.finish()) !== image.sha256) throw new CloudError('CHECKSUM_MISMATCH', say('registeredSumDiffers'));
    await publishFile(partPath(path), path);
    onProgress(image.sizeBytes, image.sizeBytes);
  } catch (e) {
    await part.flush().catch(() => undefined); // what came is kept for the next attempt
    if (signal.aborted) throw cancelled(signal);
    const errno = String((e as { code?: unknown }).code);
    if (errno === 'ENOSPC' || errno === 'EDQUOT') throw diskFull(options.where, image.sizeBytes - part.sizeBytes() + options.reserveBytes - (await freeBytes(dirname(path)).catch(() => 0)), e);
    throw e instanceof CloudError ? e : broken(`sftp with ${host}:${options.port} broke off`, e);
  } finally {
    signal.removeEventListener('abort', abort);
    await part.close();
    await hangUp(client);
  }
}

async function fetchFile(options: SftpCopyOptions, wanted: FetchOptions): Promise<void> {
  const { image, path, signal, onProgress } = wanted;
  if (signal.aborted) throw cancelled(signal);
  const there = await stat(path).catch(() => null);
  if (there?.isFile() && there.size === image.sizeBytes) { onProgress(image.sizeBytes, image.sizeBytes); return; }
  const partial = (await stat(partPath(path)).catch(() => null))?.size ?? 0;
  await assertRoom({ directory: dirname(path), needBytes: image.sizeBytes - Math.min(partial, image.sizeBytes), reserveBytes: options.reserveBytes, where: options.where });
  let reached = partial;
  // After a break the part is hashed anew, but what a person sees does not go back.
  let shown = 0;
  const forward = (done: number, total: number): void => { reached = Math.max(reached, done); if (done >= shown) { shown = done; onProgress(done, total); } };
  for (let failed = 0; ;) {
    const before = reached;
    try {
      return await attempt(options, { ...wanted, onProgress: forward });
    } catch (e) {
      const error = asCloudError(e, 'fetching by sftp');
      if (error.code === 'CHECKSUM_MISMATCH' || error.code === 'DISK_FULL') await discardPart(path);
      failed = reached > before ? 1 : failed + 1;
      if ((!hasCode(error, 'TRANSFER_FAILED') && !hasCode(error, 'NOT_READY')) || failed >= (options.attempts ?? 6)) throw error;
      await pause(options.pauseMs?.(failed) ?? Math.min(5000, 200 * 2 ** failed), signal);
      if (signal.aborted) throw cancelled(signal);
    }
  }
}

export function createSftpCopy(options: SftpCopyOptions): ImageCopy {
  const http = createHttpCopy(options);
  return { kind: 'sftp', fetch: (wanted) => fetchFile(options, wanted), send: http.send };
}
