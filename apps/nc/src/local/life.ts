// Local desktops started, stopped and thrown away on this host, with nobody's help. What was asked for stands in the book first; every step is an
// ensure, so that a node controller that was killed does it to its end. Called by the door (routes/local) and by the guests' own doings.
import { mkdir, rm } from 'node:fs/promises';
import { say, type ImageRef, type LocalEnd, type LocalOffer } from '@educloud/contracts';
import { asCloudError, CloudError, hasCode, toWire } from '@educloud/errors';
import type { Failpoint } from '@educloud/failpoints';
import type { ImageCache } from '@educloud/images';
import type { Logger } from '@educloud/log';
import { stopGuest } from '../commands/image-create/stop.ts';
import type { DiskTool } from '../drivers/disk/interface.ts';
import type { DomainState, Hypervisor } from '../drivers/hypervisor/interface.ts';
import { exists } from '../files.ts';
import type { Desk, DeskBook } from './book.ts';
import type { Leases } from './lease.ts';
import { sameVersion, type OfferBook } from './offers.ts';
import type { Pace } from './pace.ts';
import { definitionOf, LOCAL_NAME, localName, type LocalPaths } from './paths.ts';
import type { Screens } from './screens.ts';
import type { UseLog } from './uses.ts';

export interface LocalLife {
  run(id: string, user: string | null): Promise<void>;
  stop(id: string, how: { graceMs: number; force: boolean }): Promise<void>;
  /** The disk goes; the next start makes it anew. @throws WRONG_STATE it is not off */
  reset(id: string): Promise<void>;
  /** Definitions that were deleted: theirs goes, at once or when they are off. */
  ended(ids: readonly string[]): Promise<void>;
  /** Keeps the versions that are needed, forgets the others. */
  tidy(): Promise<void>;
  /** 0–100 of a start under way. */
  progress(id: string): number;
  /** Does somebody work here? */
  idle(): boolean;
  /** What stood in the book when this process began is done to its end. */
  recover(): Promise<void>;
  /** Nothing is under way. For tests and the end. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface LifeDeps {
  paths: LocalPaths;
  book: DeskBook;
  uses: UseLog;
  offers: OfferBook;
  leases: Leases;
  cache: ImageCache;
  disks: DiskTool;
  /** That sees local desktops alone. */
  hypervisor: Hypervisor;
  screens: Screens;
  pace: Pace;
  /** Has the CC get the version, and answers where it is read. @throws it cannot be reached */
  source(offer: LocalOffer): Promise<{ url: string; ticket: string }>;
  newId(): string;
  now(): number;
  /** For what is told elsewhere. */
  changed(): void;
  failpoint: Failpoint;
  log: Logger;
}

const isOff = (state: DomainState): boolean => state === 'absent' || state === 'shutoff' || state === 'crashed';
const LATER_MS = 10_000;
const quiet = { error: null, said: null } as const;

export function createLocalLife(deps: LifeDeps): LocalLife {
  const { paths, book, uses, offers, cache, disks, hypervisor, screens, pace, log, failpoint } = deps;
  const lanes = new Map<string, Promise<void>>();
  const percent = new Map<string, number>();
  const starts = new Map<string, AbortController>();
  const later = new Set<NodeJS.Timeout>();
  let closed = false;

  /** Of one desktop one thing after another. */
  function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const mine = (lanes.get(id) ?? Promise.resolve()).then(work);
    const ended = mine.then(() => undefined, () => undefined);
    lanes.set(id, ended);
    void ended.then(() => { if (lanes.get(id) === ended) lanes.delete(id); });
    return mine;
  }
  /** Under way by itself: what goes wrong stands in the book, or, on a full disk, is tried again. */
  const byItself = (id: string, work: () => Promise<void>): void => {
    inTurn(id, work).catch((e: unknown) => {
      if (closed) return;
      log.error({ err: e, insId: id }, 'a local desktop is left half-way; it goes on soon');
      const timer = setTimeout(() => {
        later.delete(timer);
        byItself(id, work);
      }, LATER_MS);
      later.add(timer);
    });
  };
  const change = async (id: string, set: Partial<Omit<Desk, 'id'>>): Promise<Desk> => {
    const desk = await book.change(id, set);
    deps.changed();
    return desk;
  };

  async function throwAway(id: string): Promise<void> {
    await hypervisor.ensureAbsent(localName(id));
    await rm(paths.folder(id), { recursive: true, force: true });
    await change(id, { madeFrom: null });
  }

  /** Complete versions of its image that are pinned for it, newest first. */
  const here = (id: string, imageId: string): ImageRef[] =>
    cache.list().filter(({ image, state, owners }) => state === 'complete' && image.imageId === imageId && owners.includes(localName(id))).map(({ image }) => image).sort((a, b) => b.version - a.version);

  function versionToRun(offer: LocalOffer): ImageRef {
    if (cache.path(offer.image) || offer.pinned) return offer.image;
    return here(offer.id, offer.image.imageId)[0] ?? offer.image;
  }

  async function fetch(id: string, image: ImageRef, signal: AbortSignal): Promise<void> {
    await cache.pin(localName(id), image);
    if (cache.path(image)) return;
    const offer = offers.get(id);
    if (!offer || !sameVersion(offer.image, image)) throw new CloudError('IMAGE_NOT_READY', say('localNothingHere', { name: book.get(id)?.name ?? id, version: image.version }));
    pace.fast(image);
    try {
      await cache.ensure(localName(id), image, await deps.source(offer), { signal, onProgress: (done, total) => percent.set(id, Math.floor((85 * done) / Math.max(1, total))) });
    } catch (e) {
      if (!hasCode(e, 'NODE_UNREACHABLE') && !hasCode(e, 'NOT_READY')) throw e;
      throw new CloudError('IMAGE_NOT_READY', say('localNothingHere', { name: offer.name, version: image.version }), { cause: e, retryable: true });
    }
  }

  async function start(id: string): Promise<void> {
    const desk = book.get(id);
    if (desk?.phase !== 'starting' || !desk.use || !desk.madeFrom || closed) return;
    const { use, madeFrom: image } = desk;
    const abort = new AbortController();
    starts.set(id, abort);
    percent.set(id, 0);
    try {
      if (use.fresh) {
        await fetch(id, image, abort.signal);
        percent.set(id, 85);
        failpoint('localClone:do:before');
        await mkdir(paths.folder(id), { recursive: true, mode: 0o711 });
        await disks.ensureOverlay({ path: paths.disk(id), basePath: cache.path(image) ?? '', baseFormat: image.format === 'raw' ? 'raw' : 'qcow2', ...(use.spec.diskBytes > 0 ? { sizeBytes: use.spec.diskBytes } : {}) });
        failpoint('localClone:do:after');
        percent.set(id, 90);
      }
      if (abort.signal.aborted) throw new CloudError('CANCELLED', say('stoppingCancelled'));
      await hypervisor.ensureRunning({
        insId: localName(id), title: desk.name, tid: `local:${id}`, memoryMiB: use.spec.memoryMiB, cpus: use.spec.cpus, hardware: use.spec.hardware, disk: { path: paths.disk(id), format: 'qcow2' }, mediaPath: null,
      });
      failpoint('localStart:do:after');
    } catch (e) {
      if (closed) return; // it is done by the next process
      const error = asCloudError(e, 'starting a local desktop');
      log.warn({ error: toWire(error), insId: id }, 'a local desktop did not start');
      // Nobody has used it yet.
      if (use.fresh) await throwAway(id);
      await change(id, { phase: 'off', use: null, error: toWire(error) });
      return;
    } finally {
      starts.delete(id);
    }
    const startedAt = use.startedAt ?? deps.now();
    await uses.begun({ id: use.id, insId: id as LocalOffer['id'], name: desk.name, user: use.user, version: image.version, startedAt, stoppedAt: null, how: null });
    await change(id, { phase: 'running', use: { ...use, startedAt }, said: say('localStarted', { version: image.version }), error: null });
    percent.delete(id);
    await showScreen(id);
    // It may have ended while that was written down.
    await look(id);
  }

  const showScreen = (id: string): Promise<void> =>
    screens.open(localName(id), paths.screen(id)).catch((e: unknown) => log.warn({ err: e, insId: id }, 'the screen of a local desktop cannot be opened here'));

  /** It is off: noted, told, and thrown away if that is its lifetime. */
  async function end(id: string, how: LocalEnd): Promise<void> {
    const desk = book.get(id);
    if (!desk) return;
    if (desk.use) await uses.ended(desk.use.id, { stoppedAt: deps.now(), how });
    failpoint('localEnd:do:before');
    await screens.close(localName(id));
    if (desk.lifetime === 'temporary' || desk.ended) await throwAway(id);
    await change(id, { phase: 'off', use: null, stop: null, error: null, said: say('localEnded', { how }) });
    if (book.get(id)?.ended) await forget(id);
    await tidyOne(id);
  }

  async function look(id: string, ending: LocalEnd = 'by-itself'): Promise<void> {
    if (book.get(id)?.phase !== 'running') return;
    const state = await hypervisor.state(localName(id));
    if (isOff(state)) await end(id, state === 'crashed' ? 'crashed' : ending);
  }

  async function stopIt(id: string): Promise<void> {
    const desk = book.get(id);
    if (desk?.phase !== 'stopping' || !desk.stop || closed) return;
    try {
      const how = await stopGuest(hypervisor, localName(id), desk.stop.force ? 0 : desk.stop.graceMs, deps.now, new AbortController().signal);
      failpoint('localStop:do:after');
      await end(id, how);
    } catch (e) {
      if (closed) return;
      await change(id, { phase: 'running', stop: null, error: toWire(e) });
    }
  }

  async function forget(id: string): Promise<void> {
    await cache.unpin(localName(id));
    await book.remove(id);
    deps.changed();
  }

  async function tidyOne(id: string): Promise<void> {
    const desk = book.get(id);
    const offer = offers.get(id);
    if (desk && desk.phase !== 'off') return;
    if (!offer && desk && (desk.madeFrom === null || desk.lifetime !== 'persistent')) {
      // Not for this host any more, and nothing of a person's is on it.
      await throwAway(id);
      return forget(id);
    }
    const needed: ImageRef[] = [...(desk?.madeFrom ? [desk.madeFrom] : []), ...(offer ? [offer.image, versionToRun(offer)] : [])];
    for (const [name, owners] of cache.pins()) {
      const [imageId = '', version = ''] = name.split('.v');
      const key = { imageId, version: Number(version) };
      if (owners.includes(localName(id)) && !needed.some((image) => sameVersion(image, key))) await cache.unpin(localName(id), key);
    }
  }

  const stopHearing = hypervisor.onEvent(({ insId, state }) => {
    if (!isOff(state)) return;
    const id = definitionOf(insId);
    if (book.get(id)?.phase === 'running') byItself(id, () => look(id));
  });

  return {
    run: (id, user) => inTurn(id, async () => {
      // check
      const offer = offers.find(id);
      const desk = book.get(id);
      if (desk?.phase === 'running' || desk?.phase === 'starting') return;
      if (desk && desk.phase !== 'off') throw new CloudError('WRONG_STATE', say('localNotOff', { name: offer.name, state: desk.phase }), { retryable: true });
      deps.leases.require(offer);
      const keeps = offer.lifetime === 'persistent' && desk?.madeFrom && (await exists(paths.disk(id)));
      const image = keeps && desk.madeFrom ? desk.madeFrom : versionToRun(offer);
      // record
      if (!keeps && desk) await throwAway(id);
      const spec = { hardware: offer.hardware, memoryMiB: offer.memoryMiB, cpus: offer.cpus, diskBytes: offer.diskBytes };
      await book.put({ id, name: offer.name, lifetime: offer.lifetime, phase: 'starting', madeFrom: image, use: { id: deps.newId(), user, fresh: !keeps, startedAt: null, spec }, stop: null, ...quiet, ended: false });
      deps.changed();
      pace.fast(image);
      pace.halt();
      failpoint('localRun:do:before');
      // do
      byItself(id, () => start(id));
    }),
    async stop(id, how) {
      // A start that waits for its image is given up.
      starts.get(id)?.abort(new Error('stopped'));
      await inTurn(id, async () => {
        const desk = book.get(id);
        if (!desk) { offers.find(id); return; }
        if (desk.phase !== 'running') return;
        await change(id, { phase: 'stopping', stop: how, ...quiet });
        byItself(id, () => stopIt(id));
      });
    },
    reset: (id) => inTurn(id, async () => {
      const desk = book.get(id);
      if (!desk) { offers.find(id); return; }
      if (desk.phase !== 'off') throw new CloudError('WRONG_STATE', say('localNotOff', { name: desk.name, state: desk.phase }), { retryable: true });
      await throwAway(id);
      await change(id, quiet);
      await tidyOne(id);
    }),
    async ended(ids) {
      for (const id of ids) {
        await inTurn(id, async () => {
          const desk = book.get(id);
          if (!desk) return cache.unpin(localName(id));
          if (desk.phase !== 'off') return void (await change(id, { ended: true }));
          await throwAway(id);
          await forget(id);
        });
      }
    },
    async tidy() {
      const pinned = [...cache.pins().values()].flat().filter((owner) => LOCAL_NAME.test(owner)).map(definitionOf);
      for (const id of new Set([...book.all().map((desk) => desk.id), ...pinned])) await inTurn(id, () => tidyOne(id));
    },
    progress: (id) => percent.get(id) ?? 0,
    idle: () => book.all().every((desk) => desk.phase === 'off'),
    async recover() {
      for (const { id, phase } of book.all()) {
        if (phase === 'starting') byItself(id, () => start(id));
        if (phase === 'stopping') byItself(id, () => stopIt(id));
        if (phase === 'running') {
          await inTurn(id, async () => {
            await look(id, 'lost');
            if (book.get(id)?.phase === 'running') await showScreen(id);
          });
        }
      }
    },
    async settled() {
      while (lanes.size > 0) await Promise.all(lanes.values());
    },
    async close() {
      closed = true;
      for (const timer of later) clearTimeout(timer);
      stopHearing();
      for (const abort of starts.values()) abort.abort(new Error('the node controller stops'));
      await Promise.all(lanes.values());
    },
  };
}

