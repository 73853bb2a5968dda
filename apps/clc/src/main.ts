// Wiring of the cloud controller: config → adapters → routes and consumers → start and stop.
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openBus } from '@educloud/bus';
import { daemonClock } from '@educloud/config';
import { CLC_BEAT_QUEUE, CLC_STATUS_QUEUE, commandQueue, VERSION, type Envelope, type Readiness, say } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import { createFailpoints } from '@educloud/failpoints';
import { createLog } from '@educloud/log';
import { openProgress } from '@educloud/progress';
import { busCheck, createRest, readinessOf, type Daemon } from '@educloud/rest';
import { createSaga } from '@educloud/saga';
import { createTicketSigner, createTicketVerifier } from '@educloud/tickets';
import { ensureFirstAdmin } from './accounts/first-admin.ts';
import { createIdempotency } from './accounts/idempotency.ts';
import { createPasswords } from './accounts/passwords.ts';
import { createSessions } from './accounts/sessions.ts';
import { createThrottle } from './accounts/throttle.ts';
import { createAuthorise } from './authorise.ts';
import { discardPlan } from './commands/image-create/discard.ts';
import { preparePlan } from './commands/image-create/prepare.ts';
import { runPlan } from './commands/image-create/run.ts';
import { stopPlan } from './commands/image-create/stop.ts';
import { submitPlan } from './commands/image-create/submit.ts';
import { deleteVersionPlan } from './commands/image-delete.ts';
import { removeOrphanPlan } from './commands/orphan-remove.ts';
import { createJoinToken } from './commands/node-token-create.ts';
import type { ClcConfig } from './config.ts';
import type { Deps, PlanDeps } from './deps.ts';
import { createEventTail } from './events/tail.ts';
import { startHousekeeping } from './housekeeping.ts';
import { loadKeys } from './keys.ts';
import { createLiveness } from './liveness.ts';
import { createRank } from './neighbours/cc.ts';
import { startReconciler } from './reconcile/reconciler.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { consoleRoute } from './routes/console.ts';
import { eventRoute } from './routes/events.ts';
import { imageTaskRoutes } from './routes/image-tasks.ts';
import { imageRoutes } from './routes/images.ts';
import { loginRoutes } from './routes/login.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { openApiRoute } from './routes/openapi.ts';
import { registerRoutes } from './routes/register.ts';
import { orphanRoutes } from './routes/orphans.ts';
import { statusRoute } from './routes/status.ts';
import { taskAddress, taskAtAddress } from './routes/task-view.ts';
import { taskRoutes } from './routes/tasks.ts';
import { userRoutes } from './routes/users.ts';
import { consumeStatuses } from './status/consumers.ts';
import { daemonIsBack } from './status/daemon-back.ts';
import { openStore, type DaemonRow, type Tx } from './store/index.ts';

export { ClcConfig } from './config.ts';
export { pagesDir } from './pages-dir.ts';

/** The engine's fencing number; it rises when several CLCs take turns. */
const GENERATION = 1;

export interface ClcOptions {
  mode: 'all-in-one' | 'distributed';
  /** Folder of the built pages; null = no pages. */
  pages: string | null;
}

export interface Clc extends Daemon {
  /** For the all-in-one: a join token without a login. */
  joinToken(role: 'walrus' | 'sc' | 'cc' | 'nc'): Promise<string>;
}

export async function startClc(config: ClcConfig, options: ClcOptions): Promise<Clc> {
  const log = createLog({ role: 'clc', level: config.logLevel });
  const now = daemonClock(config.clockFile);
  const random = (size: number): Uint8Array => randomBytes(size);
  const failpoint = createFailpoints(config.failAt);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });

  // adapters
  const store = await openStore({ url: config.databaseUrl || `sqlite:${path.join(config.dataDir, 'clc.db')}`, log, now });
  const bus = await openBus(config.busUrl, { log });
  const progress = openProgress(config.redisUrl || `memory:${config.dataDir}`, { log });
  const keys = await loadKeys(store);
  const signer = createTicketSigner({ privateKeyPem: keys.ticketPrivatePem, now });
  const verifier = createTicketVerifier({ publicKeyPem: () => keys.ticketPublicPem, now });

  // engine
  const sign: PlanDeps['sign'] = (claims, ttlMs) => signer.sign(claims, ttlMs);
  const planDeps: PlanDeps = {
    store, now, log, sign, rank: createRank(sign),
    limits: {
      maxVirtualBytes: config.images.maxVirtualBytes, maxUploadBytes: config.images.maxUploadBytes, uploadMs: config.images.uploadHours * 3_600_000,
      slowestBytesPerSecond: config.tasks.slowestBytesPerSecond, stopGraceMs: config.tasks.stopGraceSeconds * 1000, startMs: config.tasks.startSeconds * 1000,
    },
  };
  const publish = async (queue: string, envelope: Envelope): Promise<void> => {
    try {
      await bus.publish(queue, envelope);
    } catch (e) {
      if (!hasCode(e, 'NODE_UNREACHABLE')) throw e;
      // The daemon's queue is gone: the command waits for it in a new one.
      await bus.ensureQueue(queue, 'command');
      await bus.publish(queue, envelope);
    }
  };
  const saga = createSaga<Tx>({
    store, now, log, failpoint, publish, address, generation: GENERATION,
    plans: [preparePlan, runPlan, stopPlan, submitPlan, discardPlan, deleteVersionPlan, removeOrphanPlan].map((plan) => plan(planDeps)),
  });
  const idempotency = createIdempotency({ accounts: store.read.accounts, now, failpoint, show: (location) => taskAtAddress(deps, location) });
  const deps: Deps = { ...planDeps, saga, progress, random, accepted: (tx, { tid, status }) => idempotency.accepted(tx, { status, location: taskAddress(tid) }) };

  // door
  const sessions = createSessions({ accounts: store.read.accounts, now, random, serverKey: keys.sessionKey, ttlMs: config.sessions.hours * 3_600_000 });
  const passwords = createPasswords({ random });
  const { passwordFile } = await ensureFirstAdmin({ accounts: store.read.accounts, passwords, random, now, log, dataDir: config.dataDir, admin: config.admin });
  if (passwordFile) log.info({ file: passwordFile }, 'the password of the first administrator is in this file');
  const throttle = createThrottle({ now, perUser: config.sessions.loginAttempts, perAddress: config.sessions.loginAttemptsPerAddress, windowMs: config.sessions.loginWindowSeconds * 1000 });
  const publicOrigin = config.publicUrl ? new URL(config.publicUrl).origin : null;
  const rest = createRest({
    role: 'clc', version: VERSION, log, readiness,
    authorise: createAuthorise({ sessions, daemons: store.read.daemons, verifyTicket: (token) => verifier.verifyAny(token), publicOrigin }),
    idempotency,
  });
  const liveness = createLiveness({
    store, now, log, monotonic: () => performance.now(), heartbeatMs: config.membership.heartbeatMs, hearing: () => bus.state().connected,
  });
  const tail = createEventTail({ store, progress, log });

  // routes
  const view = { store, liveness };
  loginRoutes(rest, { accounts: store.read.accounts, passwords, sessions, throttle, secureCookies: publicOrigin?.startsWith('https:') ?? false, now });
  userRoutes(rest, { accounts: store.read.accounts, passwords, now });
  nodeRoutes(rest, { ...view, now, random });
  registerRoutes(rest, {
    store, daemons: store.read.daemons, liveness, ledger: config.ledger, ticketPublicKey: keys.ticketPublicPem, heartbeatMs: config.membership.heartbeatMs,
    inventoryMs: config.membership.inventoryMs, now, random, log, onRegistered,
  });
  orphanRoutes(rest, { ...deps, graceMs: config.orphans.graceSeconds * 1000 });
  clusterRoutes(rest, view);
  statusRoute(rest, { ...view, version: VERSION, mode: options.mode, readiness });
  imageRoutes(rest, deps);
  imageTaskRoutes(rest, deps);
  taskRoutes(rest, deps);
  consoleRoute(rest, { store, now, verify: (token) => verifier.verify(token, 'console') });
  const events = eventRoute(rest, { store, tail, progress, sessions });
  openApiRoute(rest, { version: VERSION });
  if (options.pages) rest.pages('/', options.pages);

  // start
  await Promise.all([bus.ensureQueue(CLC_STATUS_QUEUE, 'command'), bus.ensureQueue(CLC_BEAT_QUEUE, 'volatile')].map((p) => p.catch((e: unknown) => log.warn({ err: e }, 'the bus is not there yet'))));
  await liveness.start();
  await tail.start();
  await saga.resume();
  const subscriptions = await consumeStatuses({ bus, store, saga, progress, liveness, ledger: config.ledger, now });
  const housekeeping = startHousekeeping({ store, now, uploadMs: planDeps.limits.uploadMs, log });
  const reconciler = startReconciler({
    ...deps, liveness, monotonic: () => performance.now(), graceMs: config.orphans.graceSeconds * 1000, everyMs: config.orphans.everySeconds * 1000,
  });
  const listening = await rest.listen(config.listen.port, config.listen.host);

  return {
    role: 'clc',
    url: config.publicUrl || listening.url,
    async ready() {
      while (!(await readiness()).ready) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async joinToken(role) {
      return (await createJoinTokenFor(role)).token;
    },
    async close() {
      housekeeping.close();
      await reconciler.close();
      events.close();
      await rest.close();
      await Promise.all(subscriptions.map((s) => s.stop()));
      await saga.close();
      await liveness.close();
      await tail.close();
      await bus.close();
      await progress.close();
      await store.close();
    },
  };

  /** A node's commands go through its CC. */
  async function address(tx: Tx, daemonId: string): Promise<{ queue: string; epoch: number }> {
    const daemon = await tx.daemons.daemon(daemonId);
    const via = daemon?.role === 'nc' ? daemon.ccId : daemon?.id;
    if (!daemon || !via) throw new CloudError('NODE_UNREACHABLE', say('daemonNotRegistered', { daemon: daemonId }));
    return { queue: commandQueue(via), epoch: daemon.epoch };
  }

  async function onRegistered(daemon: DaemonRow): Promise<void> {
    if (daemon.role !== 'nc') await bus.ensureQueue(commandQueue(daemon.id), 'command');
    await daemonIsBack({ store, saga }, daemon);
  }

  async function createJoinTokenFor(role: 'walrus' | 'sc' | 'cc' | 'nc'): Promise<{ token: string }> {
    return createJoinToken({ daemons: store.read.daemons, now, random }, { role, ttlSeconds: 600 }, 'all-in-one');
  }

  async function readiness(): Promise<Readiness> {
    const [database, engine] = await Promise.all([store.check(), saga.health().catch(() => null)]);
    const cache = progress.state();
    return readinessOf({ role: 'clc', id: null, epoch: GENERATION, version: VERSION }, {
      database: { ok: database === null, message: database?.message ?? `${store.kind} answers`, ...(database?.why ? { why: database.why } : {}) },
      bus: busCheck(bus.state()),
      // Only a cache: without it progress bars jump, nothing else.
      progress: { ok: true, message: cache.connected ? 'connected' : `not connected: ${cache.reason}` },
      tasks: { ok: true, message: engine ? `${engine.active} active, ${engine.stuck} stuck, ${engine.outbox} commands waiting to be sent` : 'unknown while the database does not answer' },
    });
  }
}
