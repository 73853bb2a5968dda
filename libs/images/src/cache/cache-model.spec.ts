import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ImageRef } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { modelRuns, modelTimeoutMs } from '@educloud/model-runs';
import { imageFileName } from '../file-name.ts';
import { createImageCache, type CachedFile, type FetchInto, type ImageCache } from './image-cache.ts';

const IMAGES = 5;
const OWNERS = 3;
const CAPACITY = 60;
const RESERVE = 5;
const image = (n: number): ImageRef => ({ imageId: `img-0000000${n}` as ImageRef['imageId'], version: 1, sha256: String(n).repeat(64), sizeBytes: 10 + 4 * n, virtualSizeBytes: 512, format: 'raw' });
const owner = (n: number): string => `ins-0000000${n}`;
const SOURCE = { url: 'http://x', ticket: 't' };

type Step =
  | { do: 'ensure' | 'start' | 'unpin'; owner: number; image: number }
  | { do: 'unpin-all'; owner: number }
  | { do: 'fetched'; image: number; ok: boolean }
  | { do: 'leave' | 'release'; which: number }
  | { do: 'read'; image: number }
  | { do: 'room'; bytes: number }
  | { do: 'restart' };

const n = fc.nat(IMAGES - 1);
const who = fc.nat(OWNERS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('ensure' as const, 'ensure' as const, 'start' as const, 'unpin' as const), owner: who, image: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unpin-all' as const), owner: who }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('fetched' as const), image: n, ok: fc.integer({ min: 0, max: 3 }).map((x) => x > 0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'release' as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), image: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('room' as const), bytes: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

class Play {
  private readonly dir = mkdtempSync(join(tmpdir(), 'edu-cache-model-'));
  private cache!: ImageCache;
  private clock = Date.now();
  /** Transfers under way. */
  private readonly fetches = new Map<number, { into: FetchInto; resolve(): void; reject(e: unknown): void }>();
  private waiting: Array<{ image: number; stop: AbortController; ended: Promise<unknown>; settled: boolean }> = [];
  private open: Array<{ image: number; file: CachedFile }> = [];
  private readonly pinned = new Map<number, Set<number>>();
  private readonly whole = new Set<number>();
  readonly broken: string[] = [];

  private files(): string[] { return readdirSync(this.dir).filter((name) => /\.(raw|part)$/.test(name)); }
  private bytes(): number { return this.files().reduce((sum, name) => sum + statSync(join(this.dir, name)).size, 0); }

  async begin(): Promise<void> {
    this.cache = await createImageCache({
      dir: this.dir, reserveBytes: RESERVE, where: 'here', log: silentLog(), now: () => (this.clock += 1000), freeBytes: async () => CAPACITY - this.bytes(),
      fetch: (into) => new Promise<void>((resolve, reject) => {
        const which = Number(into.image.imageId.at(-1));
        if (this.fetches.has(which)) this.broken.push(`image ${which} is fetched twice at once`);
        this.fetches.set(which, { into, resolve, reject });
        into.signal.addEventListener('abort', () => { this.fetches.delete(which); reject(new CloudError('CANCELLED', 'stopped')); }, { once: true });
      }),
    });
  }

  private async settle(): Promise<void> {
    for (let i = 0; i < 12; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  private async until(what: () => boolean): Promise<void> {
    for (const end = Date.now() + 2000; !what() && Date.now() < end; ) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(what(), `never: ${what.toString()}`);
  }

  async take(s: Step): Promise<void> {
    switch (s.do) {
      case 'ensure': {
        this.pin(s.owner, s.image);
        const stop = new AbortController();
        const mine = { image: s.image, stop, settled: false, ended: Promise.resolve() as Promise<unknown> };
        mine.ended = this.cache.ensure(owner(s.owner), image(s.image), SOURCE, { signal: stop.signal }).then(
          (path) => { if (statSync(path).size !== image(s.image).sizeBytes) this.broken.push(`image ${s.image} was not whole`); },
          (e: unknown) => { if (!hasCode(e, 'DISK_FULL') && !hasCode(e, 'CANCELLED') && !hasCode(e, 'TRANSFER_FAILED') && !hasCode(e, 'NOT_READY')) this.broken.push(`ensure: ${String(e)}`); },
        ).finally(() => { mine.settled = true; });
        this.waiting.push(mine);
        await this.until(() => mine.settled || this.cache.filling(image(s.image)) !== null);
        break;
      }
      case 'start':
        this.pin(s.owner, s.image);
        await this.cache.start(owner(s.owner), image(s.image), SOURCE).catch((e: unknown) => { if (!hasCode(e, 'DISK_FULL')) throw e; });
        break;
      case 'unpin':
        this.pinned.get(s.image)?.delete(s.owner);
        await this.cache.unpin(owner(s.owner), image(s.image));
        break;
      case 'unpin-all':
        for (const owners of this.pinned.values()) owners.delete(s.owner);
        await this.cache.unpin(owner(s.owner));
        break;
      case 'fetched': {
        const fetch = this.fetches.get(s.image);
        if (!fetch) break;
        this.fetches.delete(s.image);
        if (s.ok) { writeFileSync(fetch.into.path, Buffer.alloc(image(s.image).sizeBytes)); fetch.resolve(); } else fetch.reject(new CloudError('TRANSFER_FAILED', 'broke off'));
        await this.settle();
        // Success and failure wake all who wait; who came a moment later has begun again.
        await this.until(() => this.fetches.has(s.image) || this.waiting.every((w) => w.image !== s.image || w.settled));
        break;
      }
      case 'leave': {
        const one = this.waiting[s.which % Math.max(1, this.waiting.length)];
        one?.stop.abort();
        await one?.ended;
        break;
      }
      case 'read': {
        const file = this.cache.read(image(s.image));
        if (file) this.open.push({ image: s.image, file });
        break;
      }
      case 'release': {
        const [one] = this.open.splice(s.which % Math.max(1, this.open.length), 1);
        one?.file.release();
        one?.file.release(); // once more changes nothing
        break;
      }
      case 'room': await this.cache.makeRoom(s.bytes).catch((e: unknown) => { if (!hasCode(e, 'DISK_FULL')) throw e; }); break;
      case 'restart':
        await this.cache.close();
        this.fetches.clear();
        this.open = [];
        this.waiting = [];
        await this.begin();
    }
    await this.settle();
  }

  private pin(o: number, i: number): void { this.pinned.set(i, (this.pinned.get(i) ?? new Set()).add(o)); }

  intact(): void {
    assert.deepEqual(this.broken, []);
    const state = new Map(this.cache.list().map((e) => [Number(e.image.imageId.at(-1)), e.state]));
    for (let i = 0; i < IMAGES; i++) {
      const pinned = (this.pinned.get(i)?.size ?? 0) > 0;
      const here = this.cache.path(image(i)) !== null;
      if (here) assert.equal(statSync(join(this.dir, imageFileName(image(i)))).size, image(i).sizeBytes, `image ${i} is listed and is not whole`);
      if (this.whole.has(i) && !here) assert.ok(!pinned && !this.open.some((o) => o.image === i && o.file.growing === null), `image ${i} was taken away under those who use it`);
      if (here) this.whole.add(i); else this.whole.delete(i);
      if (!pinned && state.get(i) === 'filling') assert.ok(this.waiting.some((w) => w.image === i && !w.settled), `image ${i} is fetched for nobody`);
    }
    assert.deepEqual([...this.cache.pins().keys()].sort(), [...this.pinned].filter(([, o]) => o.size > 0).map(([i]) => `${image(i).imageId}.v1`).sort());
    const promised = this.cache.list().reduce((sum, e) => sum + (e.state === 'filling' ? e.image.sizeBytes : 0), 0);
    assert.ok(this.bytes() + promised + RESERVE <= CAPACITY, `${this.bytes()} bytes are here and ${promised} are promised`);
  }

  /** Nobody uses anything any more: all of it can go. */
  async end(): Promise<void> {
    for (const w of this.waiting) w.stop.abort();
    await Promise.all(this.waiting.map((w) => w.ended));
    for (let o = 0; o < OWNERS; o++) await this.take({ do: 'unpin-all', owner: o });
    for (const { file } of this.open.splice(0)) file.release();
    await this.settle();
    await this.cache.makeRoom(CAPACITY - RESERVE);
    this.whole.clear();
    this.intact();
    assert.deepEqual(readdirSync(this.dir), ['pins']);
    assert.equal(this.fetches.size, 0);
  }

  async close(): Promise<void> {
    await this.cache.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

describe('the image cache', () => {
  it('R104 stops a fill whose only asker went away while room was being made for it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'edu-cache-gone-'));
    for (const ask of ['ensure', 'start'] as const) {
      let room = (): void => undefined;
      let looking = false;
      const known = new Promise<void>((resolve) => { room = resolve; });
      const cache = await createImageCache({
        dir: join(dir, ask), reserveBytes: 0, where: 'here', log: silentLog(), now: Date.now, freeBytes: async () => ((looking = true), await known, 1000),
        fetch: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new CloudError('CANCELLED', 'stopped')), { once: true })),
      });
      const stop = new AbortController();
      const asked = (ask === 'ensure' ? cache.ensure(owner(0), image(0), SOURCE, { signal: stop.signal }) : cache.start(owner(0), image(0), SOURCE)).catch(() => undefined);
      while (!looking) await new Promise((resolve) => setImmediate(resolve));
      stop.abort();
      const gone = cache.unpin(owner(0));
      while (cache.pins().size > 0) await new Promise((resolve) => setImmediate(resolve));
      room();
      await Promise.all([asked, gone]);
      for (const end = Date.now() + 2000; cache.list().length > 0 && Date.now() < end; ) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(cache.list(), [], ask);
      await cache.close();
    }
    rmSync(dir, { recursive: true, force: true });
  });
});

describe('the image cache in any history', function () {
  this.timeout(modelTimeoutMs(60_000));
  it('fetches each version once at a time, keeps what is pinned or read, never fills the disk beyond its reserve, and gives back everything in the end', async () => {
    const command = (s: Step): fc.AsyncCommand<object, Play> => ({
      check: () => true,
      run: async (_model, play) => {
        await play.take(s);
        play.intact();
      },
      toString: () => JSON.stringify(s),
    });
    await fc.assert(fc.asyncProperty(fc.commands([step.map(command)], { maxCommands: 30, size: 'max' }), async (steps) => {
      const play = new Play();
      await play.begin();
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: play }), steps);
        await play.end();
      } finally {
        await play.close();
      }
    }), { numRuns: modelRuns(15) });
  });
});
