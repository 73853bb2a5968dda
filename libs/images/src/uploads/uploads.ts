// Receives image files: room first, bytes resumably, then sha256, inspection and the final name; or a refusal that keeps nothing.
// Knows no HTTP; tus.ts speaks for it. Used by Walrus (people's uploads and submits) and by the CC (submits on their way).
import { chmod, mkdir, readdir, rename, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { say, type ImageFormat, type UploadTicket } from '@educloud/contracts';
import { asCloudError, CloudError, isCloudError, toWire, wrap, type CloudError as Refusal } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { hasErrno, publishFile, removeFile } from '../durable.ts';
import { imageFileName, parseImageFileName, versionName, type VersionKey } from '../file-name.ts';
import { diskFull, freeBytes } from '../free-space.ts';
import { inspectImage } from '../inspect/inspect.ts';
import { openPart, type PartFile } from '../transfer/part-file.ts';
import { openRecords, type UploadRecord } from './records.ts';

/** A file that came whole, was looked into and has its final name. */
export interface AcceptedUpload {
  claims: UploadTicket;
  path: string;
  sha256: string;
  sizeBytes: number;
  virtualSizeBytes: number;
  format: ImageFormat;
}

export interface UploadsOptions {
  /** Partial files; same file system as `finalDir`. Nothing in it is ever listed or served. */
  dir: string;
  finalDir: string;
  /** For messages. */
  where: string;
  reserveBytes: number;
  log: Logger;
  now: () => number;
  /** The file has its final name and is synced. Must be idempotent: after a crash it is told again. */
  onAccepted(upload: AcceptedUpload): Promise<void>;
  /** Nothing is kept of it. Idempotent as well. */
  onRefused(claims: UploadTicket, error: Refusal): Promise<void>;
  /** An upload nobody continued for so long is removed. Default 24 h. */
  ttlMs?: number;
  freeBytes?: () => Promise<number>;
  /** Makes room when there is none (the CC evicts from its cache). Throws DISK_FULL itself. */
  makeRoom?(needBytes: number): Promise<void>;
}

export type UploadSize = VersionKey & { sizeBytes: number; format: ImageFormat };

export interface Uploads {
  /** Keeps room for a version before its bytes come. Idempotent. @throws DISK_FULL, CONFLICT another size is expected */
  reserve(image: UploadSize): Promise<void>;
  /** Starts an upload or finds the one under way. @throws DISK_FULL, CONFLICT */
  open(claims: UploadTicket): Promise<UploadStand>;
  /** How far it is; when complete, only after it was accepted. @throws NOT_FOUND; what the checks throw */
  stand(claims: UploadTicket): Promise<UploadStand>;
  /** Appends; checks and publishes when it is complete. @returns the new offset. @throws CONFLICT wrong offset or another sender, IMAGE_*, CHECKSUM_MISMATCH, DISK_FULL */
  append(claims: UploadTicket, offset: number, bytes: AsyncIterable<Buffer>, stop: AbortController): Promise<number>;
  /** The sender gives up: the partial file goes, a finished one stays. */
  abandon(claims: UploadTicket): Promise<void>;
  /** Everything of the version goes: sender, partial file, room, and the finished file. Idempotent. */
  discard(image: VersionKey): Promise<void>;
  /** The partial upload and the room kept for it go; a finished file stays. Idempotent. */
  discardPart(image: VersionKey): Promise<void>;
  /** Every version something is kept of here: partial uploads, kept room, finished files. */
  list(): Promise<Array<VersionKey & { sizeBytes: number; finished: boolean }>>;
  /** Path of the finished file. */
  finished(image: VersionKey & { format: ImageFormat }): string;
  /** Removes what nobody continued; called now and then by the daemon. */
  collect(): Promise<void>;
  close(): Promise<void>;
}

/** `offset`: bytes that have come. `expiresAt`: epoch ms, when nobody goes on. */
export interface UploadStand {
  offset: number;
  expiresAt: number;
}

/** A sender that is silent for so long may be replaced by a new connection. */
const SENDER_SILENT_MS = 5_000;
const TTL_MS = 24 * 3600 * 1000;

interface Live {
  part: PartFile | null;
  sender: { stop: AbortController; lastByteAt: number; ended: Promise<void> } | null;
  finishing: Promise<void> | null;
}

/** Goes on with what an earlier process left; what it named and did not tell of is told again. */
export async function createUploads(options: UploadsOptions): Promise<Uploads> {
  const { dir, finalDir, log, now, where, reserveBytes, ttlMs = TTL_MS } = options;
  await mkdir(finalDir, { recursive: true });
  const records = await openRecords(dir);
  const free = options.freeBytes ?? (() => freeBytes(dir));
  const lives = new Map<string, Live>();
  const liveOf = (name: string): Live => {
    const live = lives.get(name) ?? { part: null, sender: null, finishing: null };
    lives.set(name, live);
    return live;
  };
  const finished = (image: VersionKey & { format: ImageFormat }): string => join(finalDir, imageFileName(image));
  const sizeOf = async (path: string): Promise<number | null> => (await stat(path).catch(() => null))?.size ?? null;
  const received = async (name: string, record: UploadRecord): Promise<number> => lives.get(name)?.part?.sizeBytes() ?? (await sizeOf(records.partPath(record))) ?? 0;

  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  /** Counts what the others were promised, so that two uploads are not both told that the last gigabyte is theirs. */
  async function assertRoomFor(name: string, needBytes: number): Promise<void> {
    let promised = 0;
    for (const [other, record] of records.all()) if (other !== name) promised += Math.max(0, record.sizeBytes - (await received(other, record)));
    const missing = needBytes + promised + reserveBytes - (await free());
    if (missing <= 0) return;
    if (!options.makeRoom) throw diskFull(where, missing);
    await options.makeRoom(needBytes + promised);
  }

  async function closePart(live: Live): Promise<void> {
    const part = live.part;
    live.part = null;
    await part?.close().catch(() => undefined);
  }

  async function forget(name: string, record: UploadRecord): Promise<void> {
    await closePart(liveOf(name));
    await removeFile(records.partPath(record));
    await records.remove(name);
    lives.delete(name);
  }

  // A part that is written to is not old, whenever it began.
  const expiry = async (record: UploadRecord): Promise<number> => Math.max(record.createdAt, (await stat(records.partPath(record)).catch(() => null))?.mtimeMs ?? 0) + ttlMs;

  async function begin(claims: UploadTicket): Promise<UploadRecord> {
    const name = versionName(claims);
    const known = records.get(name);
    if (known && (known.sizeBytes !== claims.sizeBytes || known.format !== claims.format)) throw new CloudError('CONFLICT', say('uploadExpectedAs', { name, format: known.format, bytes: known.sizeBytes }), { retryable: false });
    if (known?.claims) return known;
    if (!known) await assertRoomFor(name, claims.sizeBytes);
    const record: UploadRecord = { imageId: claims.imageId, version: claims.version, sizeBytes: claims.sizeBytes, format: claims.format, createdAt: known?.createdAt ?? now(), claims };
    await records.put(record);
    return record;
  }

  async function check(name: string, record: UploadRecord, claims: UploadTicket): Promise<AcceptedUpload> {
    const live = liveOf(name);
    const path = finished(record);
    const part = records.partPath(record);
    live.part ??= await openPart(part, { maxBytes: record.sizeBytes });
    const sha256 = await live.part.finish().finally(() => closePart(live));
    if (claims.sha256 !== null && claims.sha256 !== sha256) throw new CloudError('CHECKSUM_MISMATCH', say('announcedSumDiffers'), { data: { expected: claims.sha256, received: sha256 } });
    const seen = await inspectImage(part, { declaredFormat: claims.format, maxVirtualBytes: claims.maxVirtualBytes });
    await publishFile(part, path);
    return { claims, path, sha256, sizeBytes: record.sizeBytes, virtualSizeBytes: seen.virtualSizeBytes, format: seen.format };
  }

  /** All bytes are here: accept or refuse. Runs once even when the sender goes away, and again after a crash. */
  async function finish(name: string, record: UploadRecord, claims: UploadTicket): Promise<void> {
    let accepted: AcceptedUpload;
    try {
      accepted = await check(name, record, claims);
    } catch (e) {
      const error = asCloudError(e, 'checking the upload');
      const refused = error.code.startsWith('IMAGE_') || error.code === 'CHECKSUM_MISMATCH';
      if (!refused) throw error; // our own trouble: the bytes stay, the sender may ask again
      log.info({ image: name, error: toWire(error) }, 'an upload was refused');
      await options.onRefused(claims, error);
      await forget(name, record);
      throw error;
    }
    await options.onAccepted(accepted);
    await records.remove(name);
    lives.delete(name);
    log.info({ image: name, sizeBytes: accepted.sizeBytes }, 'an upload was accepted');
  }

  function finishOnce(name: string, record: UploadRecord): Promise<void> {
    const live = liveOf(name);
    const { claims } = record;
    if (!claims) return Promise.reject(new CloudError('NOT_FOUND', say('uploadUnknown')));
    live.finishing ??= finish(name, record, claims).finally(() => { live.finishing = null; });
    return live.finishing;
  }

  /** What is on disk is the whole truth again after a crash. */
  async function recover(): Promise<void> {
    for (const [name, record] of records.all()) {
      if (!record.claims) continue;
      const path = finished(record);
      if ((await sizeOf(path)) === record.sizeBytes) { // named, but not yet told
        await removeFile(records.partPath(record));
        // Back to the part: the checks run again and give the hash that has to be told.
        await chmod(path, 0o600);
        await rename(path, records.partPath(record));
      }
      if ((await received(name, record)) === record.sizeBytes) await finishOnce(name, record).catch((e: unknown) => log.warn({ image: name, error: toWire(e) }, 'finishing an upload after a restart'));
    }
  }

  interface Turn { live: Live; record: UploadRecord; end(): void }

  /** Makes this connection the sender. Several may wait for the same silent one to end: the first takes its place, the others find it there. */
  async function takeTurn(name: string, stop: AbortController): Promise<Turn> {
    for (;;) {
      const record = records.get(name);
      if (!record?.claims) throw new CloudError('NOT_FOUND', say('uploadUnknown'));
      const live = liveOf(name);
      if (live.finishing) { // what is checked is nobody's to write to
        await live.finishing.catch(() => undefined);
        continue;
      }
      if (!live.sender) { // no await from here to the new sender
        let ended = (): void => undefined;
        live.sender = { stop, lastByteAt: now(), ended: new Promise((resolve) => { ended = resolve; }) };
        return { live, record, end: () => { live.sender = null; ended(); } };
      }
      if (now() - live.sender.lastByteAt < SENDER_SILENT_MS) throw new CloudError('CONFLICT', say('otherSender'), { data: { retryAfterSeconds: 1 } });
      live.sender.stop.abort();
      await live.sender.ended;
    }
  }

  async function receive(live: Live, record: UploadRecord, bytes: AsyncIterable<Buffer>): Promise<void> {
    const part = live.part!;
    let at = part.sizeBytes();
    try {
      for await (const chunk of bytes) {
        at += chunk.length;
        if (at > record.sizeBytes) throw new CloudError('BAD_REQUEST', say('uploadTooLong', { bytes: record.sizeBytes }));
        if (live.sender) live.sender.lastByteAt = now();
        const full = part.append(chunk);
        if (full) await full;
      }
    } catch (e) {
      if (isCloudError(e) || hasErrno(e, 'ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG')) throw e;
      // The line broke: what came is kept, the sender comes back for the rest.
      await part.flush();
      throw new CloudError('TRANSFER_FAILED', say('uploadBrokeOff'), { cause: e });
    }
    await part.flush();
  }

  const isFinished = async (claims: UploadTicket): Promise<boolean> => !records.get(versionName(claims)) && (await sizeOf(finished(claims))) === claims.sizeBytes;

  async function stand(claims: UploadTicket): Promise<UploadStand> {
    const name = versionName(claims);
    if (await isFinished(claims)) return { offset: claims.sizeBytes, expiresAt: now() + ttlMs };
    const record = records.get(name);
    if (!record?.claims) throw new CloudError('NOT_FOUND', say('uploadUnknown'));
    const offset = await received(name, record);
    // The last answer may have been lost: asking again waits for the checks, as the last byte would have.
    if (offset === record.sizeBytes) {
      // Whoever still holds the line has nothing more to say, and must not write beside the checks.
      const sender = lives.get(name)?.sender;
      sender?.stop.abort();
      await sender?.ended;
      if (await isFinished(claims)) return { offset, expiresAt: now() + ttlMs };
      await finishOnce(name, record);
    }
    return { offset, expiresAt: now() + ttlMs };
  }

  async function stopSender(name: string): Promise<void> {
    const live = lives.get(name);
    live?.sender?.stop.abort();
    await live?.sender?.ended;
    await live?.finishing?.catch(() => undefined);
  }

  await recover();

  return {
    finished,
    reserve: (image) => inTurn(async () => {
      const name = versionName(image);
      const known = records.get(name);
      if (known && known.sizeBytes !== image.sizeBytes) throw new CloudError('CONFLICT', `${name} is expected with ${known.sizeBytes} bytes`, { retryable: false });
      if (known || (await sizeOf(finished(image))) === image.sizeBytes) return;
      await assertRoomFor(name, image.sizeBytes);
      await records.put({ imageId: image.imageId, version: image.version, sizeBytes: image.sizeBytes, format: image.format, createdAt: now(), claims: null });
    }),
    async open(claims) {
      await inTurn(async () => { if (!(await isFinished(claims))) await begin(claims); });
      return stand(claims);
    },
    stand,
    async append(claims, offset, bytes, stop) {
      const name = versionName(claims);
      await lives.get(name)?.finishing?.catch(() => undefined);
      if (offset === claims.sizeBytes && (await isFinished(claims))) return offset;
      const { live, record, end } = await takeTurn(name, stop);
      try {
        live.part ??= await openPart(records.partPath(record), { maxBytes: record.sizeBytes });
        const at = live.part.sizeBytes();
        if (at !== offset) throw new CloudError('CONFLICT', say('uploadStandsAt', { at, offset }), { data: { offset: at } });
        await receive(live, record, bytes);
      } catch (e) {
        if (hasErrno(e, 'ENOSPC', 'EDQUOT')) {
          const missing = record.sizeBytes - (live.part?.sizeBytes() ?? 0) + reserveBytes - (await free().catch(() => 0));
          await forget(name, record); // it holds the space that others need, and nothing says that more will come
          throw diskFull(where, missing, e);
        }
        const broken = isCloudError(e) && (e.code === 'TRANSFER_FAILED' || e.code === 'CONFLICT');
        if (!broken) {
          // The running hash has seen bytes that are not in the file.
          await closePart(live);
          if (isCloudError(e)) await truncate(records.partPath(record), Math.min(offset, (await sizeOf(records.partPath(record))) ?? 0));
        }
        throw wrap(e, say('receivingUpload'));
      } finally { end(); }
      const at = live.part.sizeBytes();
      if (at === record.sizeBytes) await finishOnce(name, record);
      return at;
    },
    async abandon(claims) {
      const name = versionName(claims);
      await stopSender(name);
      const record = records.get(name);
      if (!record?.claims) return;
      await options.onRefused(record.claims, new CloudError('CANCELLED', say('uploadGivenUp')));
      await forget(name, record);
    },
    async discard(image) {
      const name = versionName(image);
      await stopSender(name);
      const record = records.get(name);
      if (record) await forget(name, record);
      for (const format of ['qcow2', 'raw', 'iso'] as const) await removeFile(finished({ imageId: image.imageId, version: image.version, format }));
    },
    async discardPart(image) {
      const name = versionName(image);
      await stopSender(name);
      const record = records.get(name);
      if (record) await forget(name, record);
    },
    async list() {
      const partial = await Promise.all(records.all().map(async ([name, r]) => ({ imageId: r.imageId, version: r.version, sizeBytes: await received(name, r), finished: false })));
      const ready = (await readdir(finalDir)).map(parseImageFileName).filter((image) => image !== null);
      return [...partial, ...(await Promise.all(ready.map(async (image) => ({ imageId: image.imageId, version: image.version, sizeBytes: (await sizeOf(finished(image))) ?? 0, finished: true }))))];
    },
    async collect() {
      for (const [name, record] of records.all()) {
        // Kept room belongs to a task, whose end gives it back.
        if (!record.claims || lives.get(name)?.sender || lives.get(name)?.finishing || now() < (await expiry(record))) continue;
        log.info({ image: name }, 'removing an upload that nobody continued');
        await options.onRefused(record.claims, new CloudError('EXPIRED', say('uploadNotContinued')));
        await forget(name, record);
      }
    },
    async close() {
      for (const live of lives.values()) live.sender?.stop.abort();
      await Promise.all([...lives.values()].map(async (live) => { await live.sender?.ended; await live.finishing?.catch(() => undefined); await closePart(live); }));
    },
  };
}
