// What this host may run, as its cluster controller said last, on the disk; with what it needs to judge a lease while nobody can be reached.
import { mkdir } from 'node:fs/promises';
import { z } from 'zod';
import { ENVELOPE_VERSION, LocalOffer, PulledOffers, say, type Envelope, type PullOffers } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { readJsonFile, writeDurably, versionName } from '@educloud/images';
import { callTier } from '@educloud/rest';
import type { LocalPaths } from './paths.ts';

const Kept = z.object({ hostId: z.string().nullable(), publicKeyPem: z.string().nullable(), heardAt: z.number().nullable(), offers: z.array(LocalOffer) });
type Kept = z.infer<typeof Kept>;

export interface OfferBook {
  hostId(): string | null;
  publicKeyPem(): string | null;
  all(): LocalOffer[];
  get(id: string): LocalOffer | null;
  /** By id, or by a name that only one has. @throws NOT_OFFERED, CONFLICT */
  find(idOrName: string): LocalOffer;
  heardAt(): number | null;
  reachable(): boolean;
  /** Told at each registration. */
  registered(member: { id: string; publicKeyPem: string }): Promise<void>;
  /** Asks the CC. @throws what the call throws */
  pull(ask: PullOffers): Promise<PulledOffers>;
}

export interface OfferBookDeps {
  paths: Pick<LocalPaths, 'dir' | 'offers'>;
  ccUrl: string;
  newId(): string;
  now(): number;
  /** Of the present registration; null = not registered in this process. */
  identity(): { id: string; epoch: number } | null;
  prove(envelope: Envelope): Envelope;
}

export async function openOfferBook(deps: OfferBookDeps): Promise<OfferBook> {
  await mkdir(deps.paths.dir, { recursive: true, mode: 0o711 }); // QEMU's account passes through
  const read = Kept.safeParse(await readJsonFile(deps.paths.offers));
  let kept: Kept = read.success ? read.data : { hostId: null, publicKeyPem: null, heardAt: null, offers: [] };
  let reachable = false;
  let writing: Promise<unknown> = Promise.resolve();
  /** What is shown is on the disk: it is still offered after a power cut. */
  const keep = (set: Partial<Kept>): Promise<void> => {
    const mine = writing.then(async () => {
      const next = { ...kept, ...set };
      await writeDurably(deps.paths.offers, JSON.stringify(next));
      kept = next;
    });
    writing = mine.catch(() => undefined);
    return mine;
  };
  const get = (id: string): LocalOffer | null => kept.offers.find((offer) => offer.id === id) ?? null;
  return {
    hostId: () => kept.hostId,
    publicKeyPem: () => kept.publicKeyPem,
    all: () => kept.offers,
    get,
    find(idOrName) {
      const named = kept.offers.filter((offer) => offer.name === idOrName);
      const found = get(idOrName) ?? (named.length === 1 ? named[0] : null);
      if (named.length > 1 && !found) throw new CloudError('CONFLICT', say('localSeveral', { name: idOrName, ids: named.map((offer) => offer.id).join(', ') }), { retryable: false });
      if (!found) throw new CloudError('NOT_OFFERED', say('localNotOffered', { name: idOrName }));
      return found;
    },
    heardAt: () => kept.heardAt,
    reachable: () => reachable,
    async registered({ id, publicKeyPem }) {
      if (kept.hostId === id && kept.publicKeyPem === publicKeyPem) return;
      await keep({ hostId: id, publicKeyPem });
    },
    async pull(ask) {
      const me = deps.identity();
      if (!me) throw new CloudError('NOT_READY', say('hostNotRegistered'));
      const envelope = deps.prove({ v: ENVELOPE_VERSION, id: deps.newId(), name: 'lvdpull', tid: null, jobId: null, target: null, source: { node: me.id, epoch: me.epoch }, generation: 0, seq: 0, deadline: null, trail: [], body: ask });
      try {
        const answer = await callTier({ baseUrl: deps.ccUrl, path: '/cc/api/1.0/offers', method: 'POST', body: envelope, schema: PulledOffers, timeoutMs: 20_000 });
        // An answer to somebody else's question, or of before ours, says nothing new.
        const isNews = answer.hostId === me.id && (answer.fresh ? answer.asked === envelope.id : true);
        if (isNews) await keep({ hostId: me.id, offers: answer.offers, heardAt: deps.now() });
        reachable = true;
        return { ...answer, fresh: answer.fresh && isNews };
      } catch (e) {
        reachable = false;
        throw e;
      }
    },
  };
}

export const sameVersion = (a: Parameters<typeof versionName>[0], b: Parameters<typeof versionName>[0]): boolean => versionName(a) === versionName(b);
