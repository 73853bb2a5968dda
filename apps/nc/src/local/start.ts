// Wiring of local desktops on a classroom PC: what it may run, their life, the background copying, reports and the door of `edu lvd`. Called by main.
import { loadavg, cpus } from 'node:os';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { say, VERSION, type Envelope, type LocalOffer } from '@educloud/contracts';
import { CloudError, toWire } from '@educloud/errors';
import type { Failpoint } from '@educloud/failpoints';
import type { ImageCache } from '@educloud/images';
import type { Logger } from '@educloud/log';
import { createRest, readinessOf } from '@educloud/rest';
import type { NcConfig } from '../config.ts';
import type { DiskTool } from '../drivers/disk/interface.ts';
import type { Hypervisor } from '../drivers/hypervisor/interface.ts';
import { localDoorRoutes } from '../routes/local.ts';
import { openDeskBook } from './book.ts';
import { openLocalClock } from './clock.ts';
import { createLeases } from './lease.ts';
import { createLocalLife } from './life.ts';
import { openOfferBook } from './offers.ts';
import type { Pace } from './pace.ts';
import { localPaths } from './paths.ts';
import { createLocalReporter } from './report.ts';
import { createScreens } from './screens.ts';
import { createLocalSync } from './sync.ts';
import { openUseLog } from './uses.ts';
import { reported, type ViewDeps } from './view.ts';

export interface LocalDesktopsDeps {
  config: NcConfig;
  cache: ImageCache;
  disks: DiskTool;
  /** That sees local desktops alone. */
  hypervisor: Hypervisor;
  pace: Pace;
  now(): number;
  identity(): { id: string; epoch: number } | null;
  prove(envelope: Envelope): Envelope;
  nextSeq(): number;
  /** A status to the CC. */
  send(envelope: Envelope): Promise<void>;
  failpoint: Failpoint;
  log: Logger;
}

export interface RunningLocal {
  /** At each registration. */
  registered(member: { id: string; ticketPublicKey: string; now?: number | undefined }): Promise<void>;
  /** Nobody works here, and nothing is being copied. */
  idle(): boolean;
  /** The bus is there again. */
  connected(): void;
  close(): Promise<void>;
}

/** How often it is looked whether the host is idle enough to fetch something. */
const LOOK_MS = 15_000;

export async function startLocalDesktops(deps: LocalDesktopsDeps): Promise<RunningLocal> {
  const { config, cache, hypervisor, pace, log, failpoint } = deps;
  const { local } = config;
  const mode = parseInt(local.socketMode, 8);
  const paths = localPaths(config.dataDir);
  const offers = await openOfferBook({ paths, ccUrl: config.ccUrl, newId: randomUUID, now: deps.now, identity: deps.identity, prove: deps.prove });
  const [clock, book, uses] = await Promise.all([openLocalClock(paths.clock, deps.now), openDeskBook(paths.book), openUseLog(paths)]);
  const leases = createLeases({ publicKeyPem: offers.publicKeyPem, hostId: offers.hostId, now: clock.now, ccUrl: config.ccUrl, askSeconds: local.askSeconds });
  const screens = createScreens({ hypervisor, mode });

  const source = async ({ image, id }: LocalOffer): Promise<{ url: string; ticket: string }> => {
    await ask([image]);
    const ticket = offers.get(id)?.ticket;
    if (ticket === undefined) throw new CloudError('NODE_UNREACHABLE', say('notOfferedAnyMore', { instance: id }));
    return { url: `${config.ccUrl.replace(/\/+$/, '')}/cc/api/1.0/images/${image.imageId}/versions/${image.version}/file`, ticket };
  };
  const changed = (): void => reporter.soon();
  const life = createLocalLife({ paths, book, uses, offers, leases, cache, disks: deps.disks, hypervisor, screens, pace, source, newId: randomUUID, now: deps.now, changed, failpoint, log });
  const view: ViewDeps = { offers, book, cache, leases, life, paths, now: clock.now };
  const reporter = createLocalReporter({ desktops: () => reported(view), uses, identity: deps.identity, nextSeq: deps.nextSeq, newId: randomUUID, send: deps.send, log });
  const idle = (): boolean => life.idle() && (loadavg()[0] ?? 0) / Math.max(1, cpus().length) <= local.syncMaxLoad;
  const sync = createLocalSync({ offers, cache, pace, source, idle, automatic: local.autoSync, changed, tidy: () => life.tidy(), log });

  /** Asks the CC what may be run here. @throws it cannot be reached */
  async function ask(wanted: LocalOffer['image'][]): Promise<void> {
    const have = [...new Set([...book.all().map((desk) => desk.id), ...offers.all().map((offer) => offer.id)])] as LocalOffer['id'][];
    const answer = await offers.pull({ have, wanted: wanted.map(({ imageId, version }) => ({ imageId, version })) });
    if (!answer.fresh) return;
    // Signed just now in answer to this very question: that is the time.
    const lease = answer.offers.map((offer) => leases.read(offer)).find((one) => one?.asked === answer.asked);
    if (lease) await clock.believe(lease.issuedAt);
    await life.ended(answer.ended);
  }
  /** Never throws. */
  async function askAgain(): Promise<void> {
    await ask([]).catch((e: unknown) => log.debug({ error: toWire(e) }, 'the cluster controller does not say what may be run here'));
    await clock.note().catch((e: unknown) => log.warn({ err: e }, 'the time cannot be written down'));
    await reporter.now();
    void sync.round(false).catch((e: unknown) => log.warn({ err: e }, 'copying in the background failed'));
  }

  // The door is there before anybody of the cloud is.
  const rest = createRest({ role: 'nc', version: VERSION, log, readiness: async () => readinessOf({ role: 'nc', id: offers.hostId(), epoch: null, version: VERSION }, {}), authorise: async () => ({ kind: 'nobody' }) });
  localDoorRoutes(rest, {
    life, offers, view, stopGraceMs: local.stopGraceSeconds * 1000,
    hostName: config.name, unreported: () => uses.count(),
    async sync() {
      await ask([]);
      await clock.note();
      await sync.round(true);
      await reporter.now();
    },
  });
  await rest.listenAt(local.socket || path.join(config.dataDir, 'lvd.sock'), mode);

  const endConnected = hypervisor.onConnected(() => {
    life.recover().catch((e: unknown) => log.warn({ err: e }, 'what was under way with local desktops is looked at again when the hypervisor is back'));
  });
  const asking = setInterval(() => void askAgain(), local.askSeconds * 1000);
  const looking = setInterval(() => { if (local.autoSync && idle()) void sync.round(false).catch((e: unknown) => log.warn({ err: e }, 'copying in the background failed')); }, Math.min(LOOK_MS, local.askSeconds * 1000));
  for (const timer of [asking, looking]) timer.unref();

  return {
    async registered({ id, ticketPublicKey }) {
      await offers.registered({ id, publicKeyPem: ticketPublicKey });
      setImmediate(() => void askAgain());
    },
    idle: () => life.idle() && cache.list().every(({ state }) => state === 'complete'),
    connected: () => reporter.soon(),
    async close() {
      clearInterval(asking);
      clearInterval(looking);
      endConnected();
      await rest.close();
      await sync.close();
      await life.close();
      await reporter.close();
      await screens.closeAll();
    },
  };
}

