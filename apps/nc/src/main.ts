// Wiring of a node controller: config → drivers → jobs, reports and the console → start and stop. Stopping it never stops a guest.
import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { mkdir } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { openBus } from '@educloud/bus';
import { daemonClock } from '@educloud/config';
import { clusterBeatQueue, clusterStatusQueue, commandQueue, inWords, VERSION, type DaemonFacts, type Envelope, type Readiness } from '@educloud/contracts';
import { createExecutor, requireHandlers } from '@educloud/executor';
import { createFailpoints } from '@educloud/failpoints';
import { createImageCache, diskSpace, inspectImage, type FetchInto } from '@educloud/images';
import { createLog } from '@educloud/log';
import { createCloudTime, createInventoryReport, createMembership, hostFacts, hostVitals, readIdentity, type Vitals } from '@educloud/membership';
import { authoriseTickets, busCheck, createRest, readinessOf, type Daemon } from '@educloud/rest';
import { createTicketVerifier, messageKeyOfSecret, openBox, requireSeal, seal } from '@educloud/tickets';
import { accountOf } from './accounts.ts';
import { discardJobs } from './commands/image-create/discard.ts';
import { prepareJobs } from './commands/image-create/prepare.ts';
import { runJobs } from './commands/image-create/run.ts';
import { stopJobs } from './commands/image-create/stop.ts';
import { submitJobs } from './commands/image-create/submit.ts';
import { pauseJobs } from './commands/instance/pause.ts';
import { rebootJobs } from './commands/instance/reboot.ts';
import { dataDiskJobs } from './commands/instance/run.ts';
import { resumeJobs } from './commands/instance/resume.ts';
import { suspendJobs } from './commands/instance/suspend.ts';
import { unpauseJobs } from './commands/instance/unpause.ts';
import { fenceJobs } from './commands/node-fence.ts';
import { powerJobs } from './commands/host-poweroff.ts';
import { pullJobs } from './commands/host-pull.ts';
import { orphanJobs } from './commands/orphan-remove.ts';
import type { NcConfig } from './config.ts';
import type { Deps } from './deps.ts';
import { diskRoom, takenBytes } from './disk-room.ts';
import { loadDiskTool } from './drivers/disk/load.ts';
import { loadHypervisor } from './drivers/hypervisor/load.ts';
import { loadImageCopy } from './drivers/image-copy/load.ts';
import { loadTaps } from './drivers/taps/load.ts';
import { narrowed } from './local/narrowed.ts';
import { createPace } from './local/pace.ts';
import { LOCAL_NAME } from './local/paths.ts';
import { startLocalDesktops } from './local/start.ts';
import { networkCard } from './network-card.ts';
import { createGuards } from './network/guards.ts';
import { INSTANCE, nodePaths } from './paths.ts';
import { bootId, createIdleOff, runPowerOff } from './power-off.ts';
import { consoleRoute } from './routes/console.ts';
import { screenshotRoute } from './routes/screenshot.ts';
import { createWatchers } from './screen/watchers.ts';
import { serialLogRoute } from './routes/serial-log.ts';
import { createSerialLines } from './serial/line.ts';
import { keepSerialLogsSmall } from './serial/keep-small.ts';
import { heldHere } from './status/held.ts';
import { reportInstances } from './status/instances.ts';
import { createLoadMeter } from './status/load-meter.ts';
import { takeSnapshot } from './status/snapshot.ts';

export { NcConfig } from './config.ts';

/** With less, a guest that was paused by a full disk would be paused again at once. */
const RESUME_BYTES = 64 * 1024 ** 2;

export async function startNc(config: NcConfig): Promise<Daemon> {
  const log = createLog({ role: 'nc', level: config.logLevel });
  const now = daemonClock(config.clockFile);
  const cloudTime = createCloudTime(now);
  const paths = nodePaths(config.dataDir);
  for (const dir of [config.dataDir, paths.images, paths.instances]) await mkdir(dir, { recursive: true, mode: 0o711 });

  const failpoint = createFailpoints(config.failAt);

  // drivers
  const identity = (): { id: string; epoch: number } | null => membership.current();
  // Its guests are its own also before it has registered: a classroom PC may be alone for days.
  const knownId = (await readIdentity(paths.identity).catch(() => null))?.id ?? '';
  const fake = config.hypervisor.kind === 'fake';
  const everyGuest = await loadHypervisor(
    fake
      ? { kind: 'fake', stateDir: `${config.dataDir}/fake-guests`, delayMs: config.hypervisor.fakeDelayMs, failpoint }
      : { kind: 'libvirt', uri: config.hypervisor.uri, acceleration: config.hypervisor.acceleration, socketDir: config.hypervisor.socketDir || paths.sockets, ...(await socketOwner(config.hypervisor.qemuUser)), nodeId: () => identity()?.id ?? knownId, log, failpoint },
  );
  const hypervisor = narrowed(everyGuest, (name) => INSTANCE.test(name));
  const pace = createPace({ bytesPerSecond: config.local.syncBytesPerSecond });
  const copy = await loadImageCopy(config.transfer, { where: `${config.name}:${paths.images}`, reserveBytes: config.reserveBytes });
  const bus = await openBus(config.busUrl, { log });
  const cache = await createImageCache({ dir: paths.images, reserveBytes: config.reserveBytes, where: `${config.name}:${paths.images}`, log, now, fetch: fetchAtPace });
  async function fetchAtPace(into: FetchInto): Promise<void> {
    const { end, ...paced } = pace.of(into.image, into.signal);
    await copy.fetch({ ...into, ...paced }).finally(end);
  }
  const room = { node: config.name, reserveBytes: config.reserveBytes, makeRoom: (bytes: number) => cache.makeRoom(bytes) };
  const disks = loadDiskTool(fake ? { kind: 'fake', ...room, delayMs: config.hypervisor.fakeDelayMs } : { kind: 'qemu-img', ...room, inspect: inspectImage, baseDirs: [paths.images] });

  const guests = async (): Promise<number> => (await everyGuest.list()).filter((d) => d.state === 'running' || d.state === 'paused').length;

  // network of guests
  const taps = loadTaps(fake ? { kind: 'fake', bridges: config.network.fakeBridges } : { kind: 'nftables', ownerId: () => identity()?.id ?? '', openPorts: config.network.openPorts });
  const guards = createGuards({ hypervisor, taps, nodeId: () => identity()?.id ?? '', log });
  let accessIp: string | null = config.network.accessIp || null;

  // jobs
  let secret = '';
  const deps: Deps = { paths, hypervisor, guards, accessIp: () => accessIp, disks, copy, cache, now, log, openBox: (insId, box) => openBox(secret, insId, box), guests, powerOff: () => runPowerOff(config.powerOffCommand), bootId, heldChanged: () => held.soon() };
  const handlers = [prepareJobs, runJobs, stopJobs, submitJobs, discardJobs, dataDiskJobs, rebootJobs, pauseJobs, unpauseJobs, suspendJobs, resumeJobs, orphanJobs, fenceJobs, powerJobs].flatMap((jobs) => jobs(deps)).concat(pullJobs({ report, snapshot: () => takeSnapshot({ facts, vitals, hypervisor: everyGuest, held: () => heldHere(deps), cache, now: cloudTime.now }) }));
  requireHandlers('nc', handlers);
  const cc = (): string => membership.current()?.ccId ?? '';
  // Everything this node says carries its proof, everything it is told that of its cluster controller.
  let messageKey = '';
  const tell = async (envelope: Envelope): Promise<void> => bus.publish(clusterStatusQueue(cc()), seal(envelope, messageKey));
  const mention = (envelope: Envelope): void => bus.publishVolatile(clusterBeatQueue(cc()), seal(envelope, messageKey));
  const obey = async (envelope: Envelope): Promise<void> => {
    requireSeal(envelope, messageKey);
    await executor.accept(envelope);
  };
  const executor = createExecutor({
    daemonId: () => identity()?.id ?? '',
    handlers, journalPath: paths.journal, slots: config.slots, now: cloudTime.now, log, failpoint,
    sendStatus: tell,
    sendProgress: mention,
    onNewerEpoch: () => membership.again('a command is for a later registration'),
  });

  // reports
  const monotonic = (): number => performance.now();
  const inventoryMs = (): number => membership.current()?.inventoryMs ?? 60_000;
  const watchers = createWatchers({ monotonic, inventoryMs });
  const reports = reportInstances({
    hypervisor, meter: createLoadMeter({ counters: () => hypervisor.counters(), monotonic, inventoryMs }), watchers, paths, identity, log, busy: () => executor.active().map((a) => a.key), nextSeq: () => executor.nextSeq(), newId: randomUUID,
    publish: tell,
    async hasRoom() {
      await cache.makeRoom(RESUME_BYTES).catch(() => undefined); // guests may use the reserve too
      return (await diskSpace(config.dataDir)).freeBytes >= RESUME_BYTES;
    },
  });
  const held = createInventoryReport({
    held: () => heldHere(deps), busy: () => executor.active().map((a) => a.key), identity, nextSeq: () => executor.nextSeq(), newId: randomUUID, log,
    send: tell,
  });
  const inventory = (): void => void guards.lookAgain().then(() => reports.inventory()).catch((e: unknown) => log.warn({ err: e }, 'inventory failed; the next one repairs it')).then(() => held.report());

  const local = config.local.enabled
    ? await startLocalDesktops({ config, cache, disks, hypervisor: narrowed(everyGuest, (name) => LOCAL_NAME.test(name)), pace, now, identity, prove: (envelope) => seal(envelope, messageKey), nextSeq: () => executor.nextSeq(), send: tell, failpoint, log })
    : null;

  const idleOff = createIdleOff({ minutes: config.local.idleOffMinutes, idle: () => (local?.idle() ?? false) && executor.active().length === 0, monotonic, powerOff: () => runPowerOff(config.powerOffCommand), log });
  const lookForIdle = setInterval(() => void idleOff.look(), 30_000);
  lookForIdle.unref();

  // routes
  const verifier = createTicketVerifier({ publicKeyPem: () => membership.current()?.ticketPublicKey ?? null, now: cloudTime.now });
  const rest = createRest({
    role: 'nc', version: VERSION, log, readiness: async () => readiness(), authorise: authoriseTickets(verifier),
  });
  const serial = createSerialLines({ hypervisor, logOf: (insId) => paths.serialLog(insId) });
  consoleRoute(rest, { hypervisor, serial, watchers, identity, now: cloudTime.now });
  serialLogRoute(rest, { paths, identity, now: cloudTime.now });
  const serialLogs = keepSerialLogsSmall({ paths, log });
  screenshotRoute(rest, { hypervisor, identity, now: cloudTime.now });
  const listening = await rest.listen(config.listen.port, config.listen.host);
  const url = config.publicUrl || listening.url;
  accessIp ??= await addressOf(url);

  // membership
  let consuming: Promise<{ stop(): Promise<void> }> | null = null;
  let timer: NodeJS.Timeout | null = null;
  const membership = createMembership({
    role: 'nc', name: config.name, url: () => url, boss: { registerUrl: `${config.ccUrl}/cc/api/1.0/register/nc` }, joinToken: config.joinToken, identityFile: paths.identity,
    facts, vitals,
    log, now, cloudTime, random: Math.random,
    async onRegistered(member) {
      secret = member.secret;
      messageKey = messageKeyOfSecret(member.secret);
      executor.setEpoch(member.epoch);
      await bus.ensureQueue(commandQueue(member.id), 'command');
      consuming ??= bus.consume(commandQueue(member.id), 'command', obey, { prefetch: 50 });
      await consuming;
      await executor.resendUnreported();
      await local?.registered(member);
      timer ??= setInterval(inventory, member.inventoryMs);
      setImmediate(inventory);
    },
    sendBeat: mention,
    sendStatus: tell,
  });
  const endings = [
    hypervisor.onConnected(() => {
      membership.factsChanged();
      inventory();
    }),
    bus.onState((state) => {
      if (!state.connected || !membership.current()) return;
      local?.connected();
      executor.resendUnreported().catch((e: unknown) => log.error({ err: e }, 'the journal cannot be read'));
      inventory();
    }),
  ];
  membership.start();

  return {
    role: 'nc',
    url,
    async ready() {
      await membership.registered();
    },
    async close() {
      if (timer) clearInterval(timer);
      clearInterval(lookForIdle);
      for (const end of endings) end();
      reports.close();
      held.close();
      serial.close();
      await serialLogs.close();
      await guards.close(); // the guards themselves stay: guests run on
      await rest.close();
      await membership.close();
      await (await consuming)?.stop();
      await executor.close();
      await local?.close();
      await cache.close();
      await bus.close();
      await hypervisor.close();
    },
  };

  /** Now, and not only when it is time. */
  async function report(): Promise<void> {
    await membership.report();
    inventory();
  }

  async function vitals(): Promise<Vitals> {
    return hostVitals(config.dataDir, await guests().catch(() => 0), cache.evictableBytes());
  }

  async function facts(): Promise<DaemonFacts> {
    const [disk, instancesBytes] = await Promise.all([diskSpace(config.dataDir), takenBytes(paths.instances)]);
    const health = hypervisor.health();
    const { fakeCpus, fakeMemoryMiB } = config.hypervisor;
    const mac = config.local.enabled ? networkCard() : null;
    return hostFacts({
      ...(mac ? { mac } : {}),
      disk: diskRoom(disk, { reserveBytes: config.reserveBytes, evictableBytes: cache.evictableBytes(), instancesBytes }),
      ...(fake && fakeCpus > 0 ? { cpus: fakeCpus } : {}), ...(fake && fakeMemoryMiB > 0 ? { memoryMiB: fakeMemoryMiB } : {}),
      hypervisor: { kind: health.kind, version: health.version, acceleration: health.connected ? health.acceleration : 'none', message: health.message, why: health.why },
      network: await networkFacts(),
      faults: health.connected ? [] : [health.message],
    });
  }

  async function networkFacts(): Promise<NonNullable<DaemonFacts['network']>> {
    const [bridges, why] = await Promise.all([taps.bridges(), taps.unusable()]);
    return { bridges, nft: why === null, message: why === null ? '' : inWords(why, 'en').slice(0, 500), ...(why === null ? {} : { why }), ...(accessIp === null ? {} : { accessIp }) };
  }

  function readiness(): Readiness {
    const health = hypervisor.health();
    const me = membership.current();
    return readinessOf({ role: 'nc', id: me?.id ?? null, epoch: me?.epoch ?? null, version: VERSION }, {
      membership: membership.state(),
      bus: busCheck(bus.state()),
      hypervisor: { ok: health.connected, message: `${health.kind} ${health.version}, ${health.acceleration}${health.message ? `: ${health.message}` : ''}` },
    });
  }
}

/** IPv4 address of the host in a URL; null: it has none. */
async function addressOf(url: string): Promise<string | null> {
  const host = new URL(url).hostname;
  return isIPv4(host) ? host : lookup(host, { family: 4 }).then((found) => found.address, () => null);
}

async function socketOwner(user: string): Promise<{ socketOwner?: { uid: number; gid: number } }> {
  return user ? { socketOwner: await accountOf(user) } : {};
}
