// The versions that are offered come to this host by themselves, one after another, while nobody works on it. Also on a word (`edu lvd sync`).
import { type LocalOffer } from '@educloud/contracts';
import { toWire } from '@educloud/errors';
import type { ImageCache } from '@educloud/images';
import type { Logger } from '@educloud/log';
import type { OfferBook } from './offers.ts';
import type { Pace } from './pace.ts';
import { localName } from './paths.ts';

export interface LocalSync {
  /** One round, unless one runs. @param now also while somebody works here, as fast as it can, of what is offered now: after the one that runs */
  round(now: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface SyncDeps {
  offers: OfferBook;
  cache: ImageCache;
  pace: Pace;
  source(offer: LocalOffer): Promise<{ url: string; ticket: string }>;
  /** Nobody works here, and the host has little to do. */
  idle(): boolean;
  automatic: boolean;
  /** Something has come, or moves. */
  changed(): void;
  tidy(): Promise<void>;
  log: Logger;
}

export function createLocalSync(deps: SyncDeps): LocalSync {
  const { offers, cache, pace, log } = deps;
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  async function all(now: boolean): Promise<void> {
    for (const offer of offers.all()) {
      if (stopping.signal.aborted || !(now || deps.idle())) return;
      if (cache.path(offer.image)) {
        if (!(cache.pins().get(`${offer.image.imageId}.v${offer.image.version}`) ?? []).includes(localName(offer.id))) await cache.pin(localName(offer.id), offer.image);
        continue;
      }
      pace[now ? 'fast' : 'slow'](offer.image);
      try {
        await cache.ensure(localName(offer.id), offer.image, await deps.source(offer), { signal: stopping.signal });
        log.info({ insId: offer.id, version: offer.image.version }, 'a version of a local desktop is here');
        deps.changed();
      } catch (e) {
        log.warn({ error: toWire(e), insId: offer.id }, 'a version of a local desktop did not come; it is tried again');
      }
    }
    await deps.tidy();
  }

  function begin(now: boolean): Promise<void> {
    next = null;
    running = all(now).finally(() => { running = null; });
    return running;
  }

  return {
    round(now) {
      if (now) for (const { image } of offers.all()) pace.fast(image);
      if (!now && !deps.automatic) return Promise.resolve();
      if (running && now) return (next ??= running.then(() => begin(true), () => begin(true)));
      return running ?? next ?? begin(now);
    },
    async close() {
      stopping.abort(new Error('the node controller stops'));
      await (next ?? running)?.catch(() => undefined);
    },
  };
}
