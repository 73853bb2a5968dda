// What the hosts of this cluster may run (lvd): asked of the CLC for each of them, kept on the disk for when it does not answer; and the images they
// are about to fetch, which come into the cache of the cluster. Called by routes/offers.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OffersForCluster, say, type AskOffers, type PulledOffers, type PullOffers } from '@educloud/contracts';
import { CloudError, toWire } from '@educloud/errors';
import { readJsonFile, versionName, writeDurably, type ImageCache } from '@educloud/images';
import type { Logger } from '@educloud/log';

export interface LocalOffersDeps {
  dir: string;
  cache: Pick<ImageCache, 'start' | 'unpin' | 'pins'>;
  clc: { offers(ask: AskOffers): Promise<OffersForCluster> };
  log: Pick<Logger, 'warn'>;
}

export interface ClusterOffers {
  /** @throws NOT_READY the CLC does not answer, and never has for this host */
  pull(hostId: string, asked: string, body: PullOffers): Promise<PulledOffers>;
}

/** Owner of the pins of all that hosts are offered. */
const OWNER = 'lvd';
const HOST_FILE = /^nc-[0-9a-f]{8}\.json$/;

export async function createClusterOffers({ dir, cache, clc, log }: LocalOffersDeps): Promise<ClusterOffers> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const kept = new Map<string, OffersForCluster>();
  for (const file of (await readdir(dir)).filter((name) => HOST_FILE.test(name))) {
    const answer = OffersForCluster.safeParse(await readJsonFile(join(dir, file)));
    if (answer.success) kept.set(answer.data.hostId, answer.data);
  }

  async function answerFor(hostId: string, ask: AskOffers): Promise<{ answer: OffersForCluster; fresh: boolean }> {
    try {
      const answer = await clc.offers(ask);
      kept.set(hostId, answer);
      await writeDurably(join(dir, `${hostId}.json`), JSON.stringify(answer));
      return { answer, fresh: true };
    } catch (e) {
      const answer = kept.get(hostId);
      log.warn({ error: toWire(e), host: hostId }, answer ? 'the CLC does not say what a host may run; it is told what was said last' : 'the CLC does not say what a host may run');
      if (!answer) throw new CloudError('NOT_READY', say('localNoAnswer'), { cause: e });
      return { answer, fresh: false };
    }
  }

  async function fill({ offers, sources }: OffersForCluster, wanted: PullOffers['wanted']): Promise<void> {
    const names = new Set(wanted.map(versionName));
    for (const { image } of offers.filter((offer) => names.delete(versionName(offer.image)))) {
      const source = sources.find((one) => versionName(one) === versionName(image));
      // The host hears it when it reads the file.
      if (source) await cache.start(OWNER, image, { url: source.url, ticket: source.ticket }).catch((e: unknown) => log.warn({ error: toWire(e), image: versionName(image) }, 'an image for local desktops does not come'));
    }
  }

  async function forget(): Promise<void> {
    const offered = new Set([...kept.values()].flatMap(({ offers }) => offers.map(({ image }) => versionName(image))));
    for (const [name, owners] of cache.pins()) {
      const [imageId = '', version = ''] = name.split('.v');
      if (owners.includes(OWNER) && !offered.has(name)) await cache.unpin(OWNER, { imageId, version: Number(version) });
    }
  }

  return {
    async pull(hostId, asked, { have, wanted }) {
      const { answer, fresh } = await answerFor(hostId, { hostId: hostId as AskOffers['hostId'], asked, have });
      await fill(answer, wanted);
      if (fresh) await forget();
      const { sources: _sources, ...offers } = answer;
      return { ...offers, fresh };
    },
  };
}
