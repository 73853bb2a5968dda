// Wiring of a cluster controller: config → cache and staging → relays, jobs and routes → start and stop.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openBus, type Subscription } from '@educloud/bus';
import { daemonClock } from '@educloud/config';
import { CLC_BEAT_QUEUE, CLC_STATUS_QUEUE, clusterBeatQueue, clusterStatusQueue, commandQueue, Heartbeat, inWords, statusLane, VERSION, type DaemonFacts, type Readiness } from '@educloud/contracts';
import { createExecutor, requireHandlers } from '@educloud/executor';
import { createFailpoints } from '@educloud/failpoints';
import { createImageCache, createUploads, download, diskSpace, sendUpload } from '@educloud/images';
import { createLog } from '@educloud/log';
import { createCloudTime, createInventoryReport, createMembership, hostFacts, hostVitals } from '@educloud/membership';
import { authoriseTickets, busCheck, createRest, readinessOf, type Daemon } from '@educloud/rest';
import { createTicketVerifier } from '@educloud/tickets';
import { discardJobs } from './commands/image-create/discard.ts';
import { prepareJobs } from './commands/image-create/prepare.ts';
import { submitJobs } from './commands/image-create/submit.ts';
import { openJobs } from './commands/instance/run.ts';
import { closeJobs } from './commands/instance/stop.ts';
import { wakeJobs } from './commands/host-wake.ts';
import { orphanJobs } from './commands/orphan-remove.ts';
import { relayCommand } from './commands/relay.ts';
import type { CcConfig } from './config.ts';
import type { Deps } from './deps.ts';
import { loadDhcp } from './drivers/dhcp/load.ts';
import { loadForwarding } from './drivers/forwarding/load.ts';
import { createClusterOffers } from './local-offers.ts';
import { sendMagicPacket } from './magic-packet.ts';
import { createClcClient } from './neighbours/clc.ts';
import { bringAbout } from './network/bring-about.ts';
import { lookAtHost } from './network/host.ts';
import { createNetworkKeeper } from './network/keeper.ts';
import { createNodes } from './nodes.ts';
import { createRoster } from './roster.ts';
import { consoleRoute } from './routes/console.ts';
import { screenshotRoute } from './routes/screenshot.ts';
import { serialLogRoute } from './routes/serial-log.ts';
import { imageRoutes } from './routes/images.ts';
import { networkRoute } from './routes/network.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { offerRoutes } from './routes/offers.ts';
import { heldHere } from './status/held.ts';
import { createStatusRelay } from './status/relay.ts';

export { CcConfig } from './config.ts';

/** What somebody else changed on this host, or what a lost answer left behind, is repaired within a minute. */
const NETWORK_MS = 60_000;

export async function startCc(config: CcConfig): Promise<Daemon> {
  const log = createLog({ role: 'cc', level: config.logLevel });
  const now = daemonClock(config.clockFile);
  const cloudTime = createCloudTime(now);
  const at = (...parts: string[]): string => path.join(config.dataDir, ...parts);
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 });

  // adapters
  const bus = await openBus(config.busUrl, { log });
  const clusterBus = await openBus(config.clusterBusUrl, { log });
  const identity = (): { id: string; epoch: number } | null => membership.current();
  const id = (): string => identity()?.id ?? '';
  const clc = createClcClient({ clcUrl: config.clcUrl, clusterName: config.name, credentials: () => membership.current() });
  const nodes = createNodes(now);
  const roster = createRoster({ nodes, myNodes: () => clc.myNodes(), now, log });
  const cache = await createImageCache({
    dir: at('images'), reserveBytes: config.reserveBytes, where: `${config.name}:${at('images')}`, log, now,
    fetch: ({ image, source, path: file, signal, onProgress, onWritten }) => download({ ...source, sha256: image.sha256, sizeBytes: image.sizeBytes, path: file, where: `${config.name}:${at('images')}`, reserveBytes: config.reserveBytes, signal, onProgress, onWritten }),
  });
  const staging = await createUploads({
    dir: at('staging', 'partial'), finalDir: at('staging'), where: `${config.name}:${at('staging')}`, reserveBytes: config.reserveBytes, log, now,
    makeRoom: (bytes) => cache.makeRoom(bytes),
    // The sender's own job says how it ended; nobody else needs to hear.
    onAccepted: async () => undefined,
    onRefused: async () => undefined,
  });

  // jobs and relays
  const { publicInterface, dhcpInterface, openPorts } = config.network;
  const forwarding = loadForwarding(config.network.nft === 'off' ? { kind: 'off' } : { kind: 'nftables', ownerId: id, publicInterface, guestInterface: dhcpInterface, openPorts });
  const dhcp = loadDhcp({ dir: at('network'), device: dhcpInterface, log });
  const network = createNetworkKeeper({
    pull: () => clc.getNetwork(), report: (applied) => clc.reportApplied(applied), log,
    apply: bringAbout({ forwarding, dhcp, lookAtHost, nodesKnown: () => roster.known(), nodeIp: nodes.accessIp, publicInterface, dhcpInterface }),
  });
  const deps: Deps = { cache, staging, send: sendUpload, network, call: (mac) => sendMagicPacket(mac, config.wakeAddresses), log };
  const handlers = [prepareJobs, submitJobs, discardJobs, openJobs, closeJobs, orphanJobs, wakeJobs].flatMap((jobs) => jobs(deps));
  requireHandlers('cc', handlers);
  const executor = createExecutor({
    daemonId: id, handlers, journalPath: at('journal.db'), slots: { transfer: config.slots.transfer, disk: 1, boot: 1 }, now: cloudTime.now, log, failpoint: createFailpoints(config.failAt),
    sendStatus: (envelope) => bus.publish(CLC_STATUS_QUEUE, envelope),
    sendProgress: (envelope) => bus.publishVolatile(CLC_BEAT_QUEUE, envelope),
  });
  const held = createInventoryReport({
    held: () => heldHere(deps), busy: () => executor.active().map((a) => a.key), identity, nextSeq: () => executor.nextSeq(), newId: randomUUID, log,
    send: (envelope) => bus.publish(CLC_STATUS_QUEUE, envelope),
  });
  const relay = createStatusRelay({ identity, clcBus: bus, nodes, keyOf: roster.keyOf, newId: randomUUID });

  // routes
  const verifier = createTicketVerifier({ publicKeyPem: () => membership.current()?.ticketPublicKey ?? null, now: cloudTime.now });
  const rest = createRest({
    role: 'cc', version: VERSION, log, readiness: async () => readiness(), authorise: authoriseTickets(verifier, { join: true }),
  });
  nodeRoutes(rest, { clc, nodes, roster, clusterBus, id, now, log });
  imageRoutes(rest, { cache, staging });
  offerRoutes(rest, { offers: await createClusterOffers({ dir: at('offers'), cache, clc, log }), roster });
  networkRoute(rest, { network, id, log });
  consoleRoute(rest, { nodes });
  screenshotRoute(rest, { nodes });
  serialLogRoute(rest, { nodes });
  const listening = await rest.listen(config.listen.port, config.listen.host);
  const url = config.publicUrl || listening.url;

  // membership
  let consuming: Promise<Subscription[]> | null = null;
  let inventory: NodeJS.Timeout | null = null;
  let networkTimer: NodeJS.Timeout | null = null;
  const membership = createMembership({
    role: 'cc', name: config.name, url: () => url, boss: { registerUrl: `${config.clcUrl}/clc/api/1.0/register/cc` }, joinToken: config.joinToken, identityFile: at('identity.json'),
    facts, vitals: () => hostVitals(config.dataDir, 0), log, now, cloudTime, random: Math.random,
    async onRegistered(member) {
      executor.setEpoch(member.epoch);
      consuming ??= Promise.all([
        bus.consume(commandQueue(member.id), 'command', (e) => relayCommand({ id, executor, clusterBus, keyOf: roster.keyOf }, e), { prefetch: 100 }),
        clusterBus.consume(clusterStatusQueue(member.id), 'command', (e) => relay.status(e), { prefetch: 100, order: statusLane }),
        clusterBus.consume(clusterBeatQueue(member.id), 'volatile', (e) => relay.volatile(e), { prefetch: 100 }),
      ]);
      await consuming;
      setImmediate(roster.learn);
      setImmediate(() => void network.lookAgain());
      networkTimer ??= setInterval(() => void network.lookAgain(), NETWORK_MS);
      inventory ??= setInterval(() => void held.report(), member.inventoryMs);
      setImmediate(() => void held.report());
    },
    sendBeat: (envelope) => {
      for (const beat of Heartbeat.parse(envelope.body).beats) relay.ownBeat(beat);
    },
    sendStatus: (envelope) => bus.publish(CLC_STATUS_QUEUE, envelope),
  });
  const endBusState = bus.onState((state) => {
    if (state.connected && membership.current()) executor.resendUnreported().catch((e: unknown) => log.error({ err: e }, 'the journal cannot be read'));
  });
  const collect = setInterval(() => void staging.collect().catch((e: unknown) => log.warn({ err: e }, 'old uploads were not removed')), 3_600_000);
  membership.start();

  return {
    role: 'cc',
    url,
    async ready() {
      await membership.registered();
    },
    async close() {
      endBusState();
      roster.close();
      clearInterval(collect);
      if (inventory) clearInterval(inventory);
      if (networkTimer) clearInterval(networkTimer);
      relay.close();
      await rest.close();
      await membership.close();
      for (const s of (await consuming) ?? []) await s.stop();
      await executor.close();
      // Forwards and DHCP go on without us: they are there for guests that run on.
      await network.close();
      await dhcp.close();
      await staging.close();
      await cache.close();
      await Promise.all([bus.close(), clusterBus.close()]);
    },
  };

  async function facts(): Promise<DaemonFacts> {
    const disk = await diskSpace(config.dataDir);
    const why = await forwarding.unusable();
    return hostFacts({ usages: config.usages, network: { bridges: [], nft: why === null, message: why === null ? '' : inWords(why, 'en').slice(0, 500), ...(why === null ? {} : { why }) }, disk: { ...disk, freeBytes: disk.freeBytes - config.reserveBytes } });
  }

  function readiness(): Readiness {
    const me = membership.current();
    return readinessOf({ role: 'cc', id: me?.id ?? null, epoch: me?.epoch ?? null, version: VERSION }, {
      membership: membership.state(),
      bus: busCheck(bus.state()),
      clusterBus: busCheck(clusterBus.state()),
    });
  }
}
