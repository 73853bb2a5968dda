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
import { createSaga, createSagaDesk, type SagaOrders } from '@educloud/saga';
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
import { powerOffHostPlan } from './commands/host-poweroff.ts';
import { pullHostPlan } from './commands/host-pull.ts';
import { wakeHostPlan } from './commands/host-wake.ts';
import { fenceNodePlan, isOff } from './commands/node-fence.ts';
import { removeOrphanPlan } from './commands/orphan-remove.ts';
import { deleteInstancePlan } from './commands/instance/delete.ts';
import { pauseInstancePlan } from './commands/instance/pause.ts';
import { rebootInstancePlan } from './commands/instance/reboot.ts';
import { resetInstancePlan } from './commands/instance/reset.ts';
import { runInstancePlan } from './commands/instance/run.ts';
import { stopInstancePlan } from './commands/instance/stop.ts';
import { resumeInstancePlan } from './commands/instance/resume.ts';
import { suspendInstancePlan } from './commands/instance/suspend.ts';
import { unpauseInstancePlan } from './commands/instance/unpause.ts';
import { createJoinToken } from './commands/node-token-create.ts';
import type { ClcConfig } from './config.ts';
import type { Deps, PlanDeps } from './deps.ts';
import { createEventTail } from './events/tail.ts';
import { createNodesHave } from './jobs/nodes-have.ts';
import { loadKeys } from './keys.ts';
import { createBeatReader } from './leader/beat-board.ts';
import { leaderFigures } from './leader/figures.ts';
import { instanceIdOf } from './leader/instance-id.ts';
import { createLeadership } from './leader/leadership.ts';
import { hearThatItIsFree, hint } from './leader/to-the-leader.ts';
import { createLeaderWork } from './leader/work.ts';
import { createLiveness } from './liveness.ts';
import { createRank, createTellCluster } from './neighbours/cc.ts';
import { whatIsAt } from './routes/at-address.ts';
import { batchRoutes } from './routes/batches.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { consoleRoute } from './routes/console.ts';
import { eventRoute } from './routes/events.ts';
import { imageTaskRoutes } from './routes/image-tasks.ts';
import { imageRoutes } from './routes/images.ts';
import { instanceRoutes } from './routes/instances.ts';
import { loginRoutes } from './routes/login.ts';
import { networkRoutes } from './routes/networks.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { openApiRoute } from './routes/openapi.ts';
import { registerRoutes } from './routes/register.ts';
import { hostPowerRoutes } from './routes/host-power.ts';
import { localRoutes } from './routes/local.ts';
import { orphanRoutes } from './routes/orphans.ts';
import { osTypeRoutes } from './routes/os-types.ts';
import { statusRoute } from './routes/status.ts';
import { taskAddress } from './routes/task-view.ts';
import { taskRoutes } from './routes/tasks.ts';
import { userRoutes } from './routes/users.ts';
import { thumbnailRoute } from './routes/thumbnail.ts';
import { remoteDesktopRoute } from './routes/remote-desktop.ts';
import { serialLogRoute } from './routes/serial-log.ts';
import { vmTypeRoutes } from './routes/vm-types.ts';
import { shareTickets } from './shared-tickets.ts';
import { daemonIsBack } from './status/daemon-back.ts';
import { openStore, type DaemonRow, type Tx } from './store/index.ts';

export { ClcConfig } from './config.ts';
export { pagesDir } from './pages-dir.ts';

export interface ClcOptions {
  mode: 'all-in-one' | 'distributed';
  /** Folder of the built pages; null = no pages. */
  pages: string | null;
}

/** After nobody led, the answers given meanwhile wait in the queues, or at daemons that have to register first. */
const ANSWERS_COME_MS = 30_000;

/** After so many inventories and so long, what a node said of its guests' work is not known any more. */
const MISSED_INVENTORIES = 3;
const GUEST_SILENT_MS = 180_000;

export interface Clc extends Daemon {
  /** For the all-in-one: a join token without a login. */
  joinToken(role: 'walrus' | 'sc' | 'cc' | 'nc'): Promise<string>;
}

export async function startClc(config: ClcConfig, options: ClcOptions): Promise<Clc> {
  const log = createLog({ role: 'clc', level: config.logLevel });
  const now = daemonClock(config.clockFile);
  const monotonic = (): number => performance.now();
  const forAWhile = (): (() => boolean) => {
    const until = monotonic() + ANSWERS_COME_MS;
    return () => monotonic() < until;
  };
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
  const shared = shareTickets(sign, now);
  const planDeps: PlanDeps = {
    store, now, log, sign: shared, rank: createRank(shared), nodesHave: createNodesHave(),
    limits: {
      maxVirtualBytes: config.images.maxVirtualBytes, maxUploadBytes: config.images.maxUploadBytes, uploadMs: config.images.uploadHours * 3_600_000,
      slowestBytesPerSecond: config.tasks.slowestBytesPerSecond, stopGraceMs: config.tasks.stopGraceSeconds * 1000, startMs: config.tasks.startSeconds * 1000, quarantineMs: config.networks.quarantineSeconds * 1000,
      guestSilentMs: Math.max(GUEST_SILENT_MS, MISSED_INVENTORIES * config.membership.inventoryMs),
    },
  };
  const plansOn = (plans: PlanDeps) => [preparePlan, runPlan, stopPlan, submitPlan, discardPlan, deleteVersionPlan, removeOrphanPlan, fenceNodePlan, wakeHostPlan, powerOffHostPlan, pullHostPlan, runInstancePlan, stopInstancePlan, rebootInstancePlan, pauseInstancePlan, unpauseInstancePlan, suspendInstancePlan, resumeInstancePlan, resetInstancePlan, deleteInstancePlan].map((plan) => plan(plans));
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
  const desk = createSagaDesk<Tx>({ store, now, log, failpoint, address, switchedOff, plans: plansOn(planDeps), wake: () => hint(progress, { orders: true }) });
  const orders = (): SagaOrders<Tx> => work.engine() ?? desk;
  const saga: SagaOrders<Tx> = {
    start: (tx, order) => orders().start(tx, order),
    supersede: (tx, subject) => orders().supersede(tx, subject),
    resumeStuck: (tx, subject) => orders().resumeStuck(tx, subject),
    onDaemonRegistered: (id) => orders().onDaemonRegistered(id),
    kick: () => orders().kick(),
  };
  const idempotency = createIdempotency({ accounts: store.read.accounts, now, failpoint, show: (location) => whatIsAt(deps, location) });
  const lookForBatches = (): void => { if (!work.lookForBatches()) hint(progress, { orders: true }); };
  const tellCluster = createTellCluster({ sign: shared, read: store.read, log });
  const deps: Deps = { ...planDeps, sign, saga, progress, random, lookForBatches, tellCluster, accepted: (tx, order) => idempotency.accepted(tx, { status: order.status, location: 'tid' in order ? taskAddress(order.tid) : order.location }) };

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
  const liveness = createLiveness({ store, now, log, monotonic, heartbeatMs: config.membership.heartbeatMs, hearing: () => bus.state().connected });

  // leading
  const { quarantineMs } = planDeps.limits;
  const work = createLeaderWork({
    store, bus, progress, liveness, tellCluster, ledger: config.ledger, limits: planDeps.limits, failpoint, history: config.history, quarantineMs, heartbeatMs: config.membership.heartbeatMs, now, monotonic, log,
    orphans: { graceMs: config.orphans.graceSeconds * 1000, everyMs: config.orphans.everySeconds * 1000 },
    engine: (fenced, term) => createSaga<Tx>({
      store: fenced, now, log, failpoint, address, switchedOff, generation: term.epoch, answersAreComing: forAWhile(), plans: plansOn({ ...planDeps, store: fenced }),
      publish: (queue, envelope) => (term.valid() ? publish(queue, envelope) : Promise.reject(new CloudError('NOT_READY', 'this cloud controller does not lead any more'))),
    }),
    refused: (epoch, by) => { figures.refused(by); leadership.refused(epoch); },
  });
  const instanceId = await instanceIdOf(config.dataDir, random);
  const leadership = createLeadership({
    leases: store.read.leases, instanceId, monotonic, now, log, random: Math.random, able: () => bus.state().connected,
    later: (ms, run) => { const timer = setTimeout(run, ms); return () => clearTimeout(timer); },
    begin: (term) => work.begin(term), end: () => work.end(), released: () => hint(progress, { free: true }),
  });
  const stopHearing = hearThatItIsFree(progress, () => leadership.poke());
  const figures = leaderFigures(rest.metrics, leadership);
  const beats = createBeatReader({ liveness, progress, log, leads: () => work.engine() !== null });
  const tail = createEventTail({ store, progress, log });

  // routes
  const view = { store, beats };
  loginRoutes(rest, { accounts: store.read.accounts, passwords, sessions, throttle, secureCookies: publicOrigin?.startsWith('https:') ?? false, now });
  userRoutes(rest, { accounts: store.read.accounts, passwords, now });
  const registered = (row: DaemonRow): void => (work.engine() ? liveness.registered(row) : hint(progress, { registered: row.id }));
  nodeRoutes(rest, { ...view, saga, tellCluster, ledger: config.ledger, liveness: { registered }, now, random });
  registerRoutes(rest, {
    store, daemons: store.read.daemons, ledger: config.ledger, ticketPublicKey: keys.ticketPublicPem, heartbeatMs: config.membership.heartbeatMs, hostHeartbeatMs: config.membership.hostHeartbeatMs,
    inventoryMs: config.membership.inventoryMs, now, random, log, onRegistered,
    liveness: { registered },
  });
  orphanRoutes(rest, { ...deps, graceMs: config.orphans.graceSeconds * 1000 });
  clusterRoutes(rest, { ...view, sign, leaseMs: config.local.leaseDays * 24 * 3_600_000, now });
  localRoutes(rest, view);
  hostPowerRoutes(rest, { ...view, saga, now });
  networkRoutes(rest, { store, now, quarantineMs, servers: { 'the cloud controller': config.publicUrl || `http://localhost:${config.listen.port}`, 'the database': config.databaseUrl, 'the broker': config.busUrl, 'the progress cache': config.redisUrl } });
  statusRoute(rest, { ...view, version: VERSION, mode: options.mode, readiness, leadership: () => ({ id: instanceId, ...leadership.state() }) });
  vmTypeRoutes(rest, deps);
  osTypeRoutes(rest, deps);
  imageRoutes(rest, deps);
  imageTaskRoutes(rest, deps);
  taskRoutes(rest, deps);
  instanceRoutes(rest, deps);
  batchRoutes(rest, deps);
  consoleRoute(rest, { store, now, verify: (token) => verifier.verify(token, 'console') });
  thumbnailRoute(rest, deps);
  serialLogRoute(rest, deps);
  remoteDesktopRoute(rest, deps);
  const events = eventRoute(rest, { store, tail, progress, sessions });
  openApiRoute(rest, { version: VERSION });
  if (options.pages) rest.pages('/', options.pages);

  // start
  await Promise.all([bus.ensureQueue(CLC_STATUS_QUEUE, 'command'), bus.ensureQueue(CLC_BEAT_QUEUE, 'volatile')].map((p) => p.catch((e: unknown) => log.warn({ err: e }, 'the bus is not there yet'))));
  await tail.start();
  await leadership.start();
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
      events.close();
      await rest.close();
      stopHearing();
      await leadership.close();
      beats.close();
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

  async function switchedOff(tx: Tx, daemonId: string): Promise<boolean> {
    return isOff(await tx.daemons.daemon(daemonId));
  }

  async function onRegistered(daemon: DaemonRow): Promise<void> {
    if (daemon.role !== 'nc') await bus.ensureQueue(commandQueue(daemon.id), 'command');
    await daemonIsBack({ store, saga }, daemon);
  }

  async function createJoinTokenFor(role: 'walrus' | 'sc' | 'cc' | 'nc'): Promise<{ token: string }> {
    return createJoinToken({ daemons: store.read.daemons, now, random }, { role, ttlSeconds: 600 }, 'all-in-one');
  }

  async function readiness(): Promise<Readiness> {
    const [database, tasks] = await Promise.all([store.check(), store.read.saga.counts().catch(() => null)]);
    const { role, epoch, leader } = leadership.state();
    const cache = progress.state();
    return readinessOf({ role: 'clc', id: instanceId, epoch, version: VERSION }, {
      database: { ok: database === null, message: database?.message ?? `${store.kind} answers`, ...(database?.why ? { why: database.why } : {}) },
      bus: busCheck(bus.state()),
      // Only a cache: without it progress bars jump, nothing else.
      progress: { ok: true, message: cache.connected ? 'connected' : `not connected: ${cache.reason}` },
      // A follower is ready: it serves everything, and its orders wait for whoever leads.
      leader: { ok: true, message: role === 'leader' ? `leads with epoch ${epoch}` : `follows ${leader ?? 'nobody: the lease is free'}, epoch ${epoch}` },
      tasks: { ok: true, message: tasks ? `${tasks.active} active, ${tasks.stuck} stuck, ${tasks.outbox} commands waiting to be sent` : 'unknown while the database does not answer' },
    });
  }
}
