// Wiring of the image store: config → store, bus, membership → routes and job handlers → start and stop.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openBus, type Subscription } from '@educloud/bus';
import { daemonClock } from '@educloud/config';
import { CLC_BEAT_QUEUE, CLC_STATUS_QUEUE, commandQueue, VERSION, type DaemonFacts, type Readiness } from '@educloud/contracts';
import { toWire } from '@educloud/errors';
import { createExecutor, requireHandlers } from '@educloud/executor';
import { createFailpoints } from '@educloud/failpoints';
import { createLog } from '@educloud/log';
import { createCloudTime, createInventoryReport, createMembership, hostFacts, hostVitals, type Member } from '@educloud/membership';
import { authoriseTickets, busCheck, createRest, readinessOf, type Daemon } from '@educloud/rest';
import { createTicketVerifier } from '@educloud/tickets';
import { discardUpload } from './commands/image-create/discard.ts';
import { reserveUpload } from './commands/image-create/submit.ts';
import { deleteVersion } from './commands/image-delete.ts';
import { removeFromStore } from './commands/orphan-remove.ts';
import type { WalrusConfig } from './config.ts';
import type { Deps } from './deps.ts';
import { createLocalStore } from './drivers/store/local.ts';
import { available, createOutbox } from './outbox.ts';
import { fileRoutes } from './routes/files.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { heldHere } from './status/held.ts';

export { WalrusConfig } from './config.ts';

const COLLECT_EVERY_MS = 10 * 60 * 1000;
/** With each inventory; a queue that is deleted is there again by then. */
const TELL_AGAIN_MS = 15 * 60 * 1000;
/** At each registration: beyond what uploads may take, the CLC waits so long for a word before it gives one up. */
const TELL_AGAIN_LATE_MS = 7 * 24 * 3_600_000;

export async function startWalrus(config: WalrusConfig): Promise<Daemon> {
  const log = createLog({ role: 'walrus', level: config.logLevel });
  const now = daemonClock(config.clockFile);
  const cloudTime = createCloudTime(now);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const bus = await openBus(config.busUrl, { log });
  let url = '';
  let commands: Subscription | null = null;
  let inventory: NodeJS.Timeout | null = null;

  const facts = async (): Promise<DaemonFacts> => {
    const health = await store.health();
    return hostFacts({ disk: await store.capacity(), faults: health.ok ? [] : [health.message] });
  };
  const membership = createMembership({
    role: 'walrus', name: config.name, url: () => url, boss: { registerUrl: `${config.clcUrl}/clc/api/1.0/register/walrus` }, joinToken: config.joinToken,
    identityFile: path.join(config.dataDir, 'identity.json'), facts, vitals: () => hostVitals(config.dataDir, 0), log, now, cloudTime, random: Math.random,
    sendBeat: (envelope) => bus.publishVolatile(CLC_BEAT_QUEUE, envelope),
    sendStatus: (envelope) => bus.publish(CLC_STATUS_QUEUE, envelope),
    onRegistered: (member) => takeUpWork(member),
  });
  const source = (): { node: string; epoch: number } | null => {
    const member = membership.current();
    return member && { node: member.id, epoch: member.epoch };
  };

  const outbox = await createOutbox({ dir: path.join(config.dataDir, 'outbox'), log, now, source, send: (envelope) => bus.publish(CLC_STATUS_QUEUE, envelope), acceptedSince: (at) => store.acceptedSince(at) });
  const store = await createLocalStore({
    dir: config.dataDir, where: `walrus ${config.name}:${config.dataDir}`, reserveBytes: config.reserveBytes, uploadTtlMs: config.uploadHours * 3_600_000, log, now,
    onAccepted: ({ claims, ...file }) => outbox.add(available({ ...file, imageId: claims.imageId, version: claims.version, tid: claims.tid })),
    onRefused: (claims, error) => outbox.add({ imageId: claims.imageId, version: claims.version, outcome: 'refused', sha256: null, sizeBytes: null, virtualSizeBytes: null, format: null, tid: claims.tid, error: toWire(error) }),
  });
  const deps: Deps = { store, outbox, log };

  const handlers = [reserveUpload(deps), discardUpload(deps), deleteVersion(deps), removeFromStore(deps)];
  requireHandlers('walrus', handlers);
  const executor = createExecutor({
    daemonId: () => membership.current()?.id ?? '', handlers, journalPath: path.join(config.dataDir, 'journal.db'), slots: { transfer: config.slots.transfer, disk: 2, boot: 1 }, now: cloudTime.now, log,
    failpoint: createFailpoints(config.failAt),
    sendStatus: (envelope) => bus.publish(CLC_STATUS_QUEUE, envelope),
    sendProgress: (envelope) => bus.publishVolatile(CLC_BEAT_QUEUE, envelope),
  });

  const held = createInventoryReport({
    held: () => heldHere(store), busy: () => executor.active().map((a) => a.key), identity: () => membership.current(), nextSeq: () => executor.nextSeq(), newId: randomUUID, log,
    send: (envelope) => bus.publish(CLC_STATUS_QUEUE, envelope),
  });

  async function takeUpWork(member: Member): Promise<void> {
    executor.setEpoch(member.epoch);
    commands ??= await bus.consume(commandQueue(member.id), 'command', (envelope) => executor.accept(envelope));
    await executor.resendUnreported();
    outbox.drain();
    inventory ??= setInterval(() => {
      void held.report();
      void outbox.tellAgain(now() - TELL_AGAIN_MS);
    }, member.inventoryMs);
    setImmediate(() => {
      void held.report();
      void outbox.tellAgain(now() - config.uploadHours * 3_600_000 - TELL_AGAIN_LATE_MS);
    });
  }

  const readiness = async (): Promise<Readiness> => {
    const member = membership.current();
    return readinessOf({ role: 'walrus', id: member?.id ?? null, epoch: member?.epoch ?? null, version: VERSION }, {
      membership: membership.state(),
      bus: busCheck(bus.state()),
      store: await store.health(),
      statuses: { ok: true, message: outbox.waiting() > 0 ? `${outbox.waiting()} statuses wait for the CLC` : '' },
    });
  };

  const verifier = createTicketVerifier({ publicKeyPem: () => membership.current()?.ticketPublicKey ?? null, now: cloudTime.now });
  const rest = createRest({ role: 'walrus', version: VERSION, log, authorise: authoriseTickets(verifier), readiness });
  uploadRoutes(rest, deps);
  fileRoutes(rest, deps);
  url = (await rest.listen(config.listen.port, config.listen.host)).url;
  if (config.publicUrl) url = config.publicUrl;

  let wasConnected = bus.state().connected;
  const stopListening = bus.onState(({ connected }) => {
    if (connected && !wasConnected) { membership.again('the bus came back'); outbox.drain(); }
    wasConnected = connected;
  });
  membership.start();
  const collector = setInterval(() => { store.collect().catch((e: unknown) => log.warn({ error: toWire(e) }, 'clearing away old uploads failed')); }, COLLECT_EVERY_MS);
  collector.unref();

  return {
    role: 'walrus',
    url,
    ready: async () => { await membership.registered(); },
    async close() {
      clearInterval(collector);
      if (inventory) clearInterval(inventory);
      stopListening();
      await membership.close();
      await commands?.stop();
      await executor.close();
      await store.close();
      await rest.close();
      await outbox.close();
      await bus.close();
    },
  };
}
