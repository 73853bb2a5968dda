// Image versions near the place where they are used. One fill per version however many ask; pins keep what instances stand on;
// the rest goes by last use. Used by the CC (fills from Walrus, serves its nodes) and the NC (fills from the CC, bases of overlays).
import { mkdir, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageFormat, ImageRef, type FileSource } from '@educloud/contracts';
import { asCloudError, CloudError, toWire } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { z } from 'zod';
import { readJsonFile, removeFile, syncDirectory, writeDurably } from '../durable.ts';
import { imageFileName, parseImageFileName, versionName, type VersionKey } from '../file-name.ts';
import { diskFull, freeBytes } from '../free-space.ts';
import { createGrowing } from '../transfer/growing.ts';
import { partPath } from '../transfer/part-file.ts';
import type { ServedFile } from '../transfer/serve-file.ts';
import { startFill, type Fill, type Progress } from './fill.ts';
import { openPins } from './pins.ts';
import { chooseVictims } from './room.ts';

export type Source = z.infer<typeof FileSource>;

/** One fill, as whoever fetches gets it. */
export interface FetchInto {
  image: ImageRef;
  source: Source;
  /** Final path; the bytes go to `path.part` first. */
  path: string;
  signal: AbortSignal;
  onProgress: Progress;
  /** Bytes in the part, for those who read behind. */
  onWritten(sizeBytes: number): void;
}

export interface ImageCacheOptions {
  dir: string;
  reserveBytes: number;
  /** For messages: `cc-1a2b3c4d:/var/lib/…`. */
  where: string;
  log: Logger;
  now: () => number;
  fetch(into: FetchInto): Promise<void>;
  /** A part nobody touched for so long is removed at the start. Default 24 h. */
  partTtlMs?: number;
  /** Default: the file system's. */
  freeBytes?: () => Promise<number>;
}

/** Must be released; holds the version in the cache meanwhile. */
export interface CachedFile extends ServedFile {
  image: ImageRef;
  release(): void;
}

export interface ImageCache {
  /** Records the pin, and has the fill running (or done) when it resolves. @throws DISK_FULL before anything moves */
  start(owner: string, image: ImageRef, source: Source): Promise<void>;
  /** As start, and waits until the version is complete and checked. Returns its path. @throws what the fill throws; CANCELLED when `signal` fires */
  ensure(owner: string, image: ImageRef, source: Source, options: { signal: AbortSignal; onProgress?: Progress }): Promise<string>;
  /** For serving; null when it is neither here nor coming. */
  read(image: VersionKey): CachedFile | null;
  /** Where a complete version lies; null when it is not here. Only safe to use while pinned. */
  path(image: VersionKey): string | null;
  /** Why the last fill of a pinned version failed; null when it did not, or another one has begun. */
  failure(image: VersionKey): CloudError | null;
  /** How far the running fill is; null when none runs. */
  filling(image: VersionKey): { done: number; total: number } | null;
  pin(owner: string, image: VersionKey): Promise<void>;
  /** Pins a version that is complete here, these very bytes, and says whether it is. Otherwise nothing is pinned. */
  keep(owner: string, image: ImageRef): Promise<boolean>;
  /** Idempotent. A fill that nobody waits for and nobody pins any more is stopped. */
  unpin(owner: string, image?: VersionKey): Promise<void>;
  /** Owners by name of the version (`img-00000001.v1`). */
  pins(): Map<string, string[]>;
  list(): Array<{ image: ImageRef; state: 'complete' | 'filling'; usedAt: number; owners: string[] }>;
  /** Partial downloads that nobody pins and that are not running: what a crash between two steps may leave. */
  strays(): Promise<Array<VersionKey & { sizeBytes: number }>>;
  /** Removes one, unless it is none (any more). */
  removeStray(image: VersionKey): Promise<void>;
  /** What eviction would give back now: complete versions that nobody pins or reads. */
  evictableBytes(): number;
  /** Evicts until so many bytes are free beyond the reserve, for those who write beside the cache. @throws DISK_FULL */
  makeRoom(needBytes: number): Promise<void>;
  /** Stops fills; parts stay for the next start. */
  close(): Promise<void>;
}

interface Entry {
  name: string;
  image: ImageRef;
  path: string;
  complete: boolean;
  usedAt: number;
  readers: number;
  fill: Fill | null;
}

const PART_TTL_MS = 24 * 3600 * 1000;

/** Finds what an earlier process left: complete versions, pins, and parts that are not too old. */
export async function createImageCache(options: ImageCacheOptions): Promise<ImageCache> {
  const { dir, log, now, where, reserveBytes, partTtlMs = PART_TTL_MS } = options;
  const free = options.freeBytes ?? (() => freeBytes(dir));
  await mkdir(dir, { recursive: true });
  const pins = await openPins(join(dir, 'pins'));
  const entries = new Map<string, Entry>();
  const failures = new Map<string, CloudError>();
  const factsPath = (name: string): string => join(dir, `${name}.json`);
  let closed = false;

  // Evictions and starts of fills one after another: two of them must not count the same free bytes.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  async function remove(entry: Entry): Promise<void> {
    entries.delete(entry.name); // first: nobody finds it any more
    await removeFile(entry.path);
    await removeFile(partPath(entry.path));
    await removeFile(factsPath(entry.name));
  }

  async function recover(): Promise<void> {
    const known = new Set<string>();
    for (const name of (await readdir(dir)).filter((n) => n.endsWith('.json'))) {
      const image = ImageRef.safeParse(await readJsonFile(join(dir, name)));
      if (!image.success || `${versionName(image.data)}.json` !== name) { await removeFile(join(dir, name)); continue; }
      const path = join(dir, imageFileName(image.data));
      const [whole, part, facts] = await Promise.all([stat(path).catch(() => null), stat(partPath(path)).catch(() => null), stat(join(dir, name))]);
      if (whole && whole.size === image.data.sizeBytes) {
        known.add(imageFileName(image.data));
        entries.set(versionName(image.data), { name: versionName(image.data), image: image.data, path, complete: true, usedAt: facts.mtimeMs, readers: 0, fill: null });
      } else if (part && now() - part.mtimeMs < partTtlMs) known.add(`${imageFileName(image.data)}.part`);
      else await removeFile(join(dir, name));
    }
    for (const name of await readdir(dir)) {
      const ours = parseImageFileName(name.replace(/\.part$/, ''));
      if (ours && !known.has(name)) {
        log.info({ file: name }, 'removing a stale file of the image cache');
        await removeFile(join(dir, name));
      }
    }
    await syncDirectory(dir);
  }

  const held = (entry: Entry): boolean => entry.fill !== null || entry.readers > 0 || pins.isPinned(entry.name);

  /** Only in turn. `keep`: the version that the room is for. */
  async function roomFor(needBytes: number): Promise<void> {
    const promised = [...entries.values()].reduce((sum, e) => sum + (e.fill?.remaining() ?? 0), 0);
    const missing = async (): Promise<number> => needBytes + reserveBytes + promised - (await free());
    let short = await missing();
    if (short <= 0) return;
    const candidates = [...entries.values()].map((e) => ({ name: e.name, sizeBytes: e.image.sizeBytes, usedAt: e.usedAt, held: held(e) }));
    for (const victim of chooseVictims(candidates, short)) {
      const entry = entries.get(victim.name);
      if (!entry || held(entry)) continue; // pinned or opened while we removed the one before
      log.info({ image: victim.name, sizeBytes: victim.sizeBytes }, 'evicting an image version');
      await remove(entry);
    }
    short = await missing();
    if (short > 0) throw diskFull(where, short);
  }

  function touch(entry: Entry): void {
    entry.usedAt = now();
    const seconds = entry.usedAt / 1000;
    utimes(factsPath(entry.name), seconds, seconds).catch(() => undefined); // only the order of eviction depends on it
  }

  /** A fill that nobody waits for and nobody pins is stopped, and what it left goes too: a cancelled task leaves no partial file. */
  async function dropUnwanted(name: string): Promise<void> {
    const entry = entries.get(name);
    if (!pins.isPinned(name)) failures.delete(name);
    if (closed || pins.isPinned(name) || entry?.complete || (entry?.fill?.waiters() ?? 0) > 0) return;
    entry?.fill?.abort(new Error('nobody waits for this fill any more'));
    await entry?.fill?.done.catch(() => undefined);
    await inTurn(async () => {
      if (closed || pins.isPinned(name) || entries.has(name)) return;
      const image = ImageRef.safeParse(await readJsonFile(factsPath(name)));
      if (image.success) await removeFile(partPath(join(dir, imageFileName(image.data))));
      await removeFile(factsPath(name));
    });
  }

  interface Obtained { entry: Entry; fill: Fill | null }

  async function begin(name: string, image: ImageRef, source: Source): Promise<Obtained> {
    const path = join(dir, imageFileName(image));
    const partial = await stat(partPath(path)).catch(() => null);
    await roomFor(image.sizeBytes - Math.min(partial?.size ?? 0, image.sizeBytes));
    await writeDurably(factsPath(name), JSON.stringify(image), 0o644);
    const entry: Entry = { name, image, path, complete: false, usedAt: now(), readers: 0, fill: null };
    const growing = createGrowing(path, image.sizeBytes);
    const fill = startFill(growing, image.sizeBytes, (signal, onProgress) => options.fetch({ image, source, path, signal, onProgress, onWritten: (n) => growing.grow(n) }), () => { dropUnwanted(name).catch((e: unknown) => log.warn({ image: name, error: toWire(e) }, 'clearing away a fill failed')); });
    entry.fill = fill;
    entries.set(name, entry);
    failures.delete(name);
    fill.done.then(
      () => { entry.complete = true; entry.fill = null; touch(entry); },
      (e: unknown) => {
        log.warn({ image: name, error: toWire(e) }, 'filling the image cache failed');
        entry.fill = null;
        if (entries.get(name) === entry) entries.delete(name);
        if (pins.isPinned(name)) failures.set(name, asCloudError(e, 'filling the image cache'));
        else void dropUnwanted(name).catch(() => undefined);
      },
    );
    return { entry, fill };
  }

  async function obtain(image: ImageRef, source: Source): Promise<Obtained> {
    const name = versionName(image);
    return inTurn(async () => {
      if (closed) throw new CloudError('NOT_READY', 'the image cache is closing');
      let entry = entries.get(name);
      if (entry?.fill?.signal.aborted) { // it was given up a moment ago and is still ending
        await entry.fill.done.catch(() => undefined);
        entry = entries.get(name);
      }
      if (entry && (entry.image.sha256 !== image.sha256 || entry.image.sizeBytes !== image.sizeBytes)) {
        // A version never changes; what is here is the rest of a number that was given back and used again.
        if (held(entry)) throw new CloudError('CONFLICT', `${name} is in use here with other bytes`);
        await remove(entry);
        entry = undefined;
      }
      if (!entry) return begin(name, image, source);
      touch(entry);
      return { entry, fill: entry.fill };
    });
  }

  async function unpin(owner: string, image?: VersionKey): Promise<void> {
    for (const version of await pins.remove(owner, image)) await dropUnwanted(version);
  }

  await recover();

  return {
    async start(owner, image, source) {
      await pins.add(owner, image);
      await obtain(image, source);
      await dropUnwanted(versionName(image)); // its pin may have gone while room was being made
    },
    async ensure(owner, image, source, { signal, onProgress }) {
      await pins.add(owner, image);
      const { entry, fill } = await obtain(image, source);
      if (fill) await fill.join(signal, onProgress);
      onProgress?.(image.sizeBytes, image.sizeBytes);
      return entry.path;
    },
    read(image) {
      const entry = entries.get(versionName(image));
      if (!entry) return null;
      touch(entry);
      entry.readers += 1;
      let open = true;
      return {
        image: entry.image, path: entry.path, sha256: entry.image.sha256, sizeBytes: entry.image.sizeBytes, fileName: imageFileName(entry.image),
        growing: entry.complete ? null : (entry.fill?.growing ?? null),
        release() { if (open) { open = false; entry.readers -= 1; } },
      };
    },
    path(image) {
      const entry = entries.get(versionName(image));
      return entry?.complete ? entry.path : null;
    },
    failure: (image) => failures.get(versionName(image)) ?? null,
    filling(image) {
      const entry = entries.get(versionName(image));
      return entry?.fill ? { done: entry.image.sizeBytes - entry.fill.remaining(), total: entry.image.sizeBytes } : null;
    },
    pin: (owner, image) => pins.add(owner, image),
    async keep(owner, image) {
      // First: from now on nobody throws it out.
      await pins.add(owner, image);
      const entry = entries.get(versionName(image));
      if (entry?.complete && entry.image.sha256 === image.sha256 && entry.image.sizeBytes === image.sizeBytes) {
        touch(entry);
        return true;
      }
      await unpin(owner, image);
      return false;
    },
    unpin,
    pins: () => pins.all(),
    list: () => [...entries.values()].map((e) => ({ image: e.image, state: e.complete ? ('complete' as const) : ('filling' as const), usedAt: e.usedAt, owners: pins.all().get(e.name) ?? [] })),
    async strays() {
      const found: Array<VersionKey & { sizeBytes: number }> = [];
      for (const file of await readdir(dir)) {
        const image = file.endsWith('.part') ? parseImageFileName(file.slice(0, -'.part'.length)) : null;
        if (!image || pins.isPinned(versionName(image)) || entries.get(versionName(image))?.fill) continue;
        const part = await stat(join(dir, file)).catch(() => null);
        if (part) found.push({ imageId: image.imageId, version: image.version, sizeBytes: part.size });
      }
      return found;
    },
    removeStray: (image) => inTurn(async () => {
      const name = versionName(image);
      if (closed || pins.isPinned(name) || entries.get(name)?.fill) return;
      for (const format of ImageFormat.options) await removeFile(partPath(join(dir, imageFileName({ ...image, format }))));
      if (!entries.has(name)) await removeFile(factsPath(name));
    }),
    evictableBytes: () => [...entries.values()].reduce((sum, e) => sum + (e.complete && !held(e) ? e.image.sizeBytes : 0), 0),
    makeRoom: (needBytes) => inTurn(() => roomFor(needBytes)),
    async close() {
      closed = true;
      const fills = [...entries.values()].flatMap((e) => (e.fill ? [e.fill] : []));
      for (const fill of fills) fill.abort(new Error('the daemon stops'));
      await Promise.allSettled(fills.map((f) => f.done));
      await turn;
    },
  };
}
