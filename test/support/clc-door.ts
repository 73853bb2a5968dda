// The CLC's door and membership without the rest of the CLC, for their tests.
import type { CloudStatus, RandomBytes, Readiness, TicketClaims } from '@educloud/contracts';
import { asCloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { ProgressCache } from '@educloud/progress';
import type { Rest, RestOptions } from '@educloud/rest';
import { ensureFirstAdmin } from '../../apps/clc/src/accounts/first-admin.ts';
import { createIdempotency, sweepAccounts } from '../../apps/clc/src/accounts/idempotency.ts';
import { createPasswords } from '../../apps/clc/src/accounts/passwords.ts';
import { newSecret } from '../../apps/clc/src/accounts/secrets.ts';
import { createSessions } from '../../apps/clc/src/accounts/sessions.ts';
import { createThrottle } from '../../apps/clc/src/accounts/throttle.ts';
import { createAuthorise } from '../../apps/clc/src/authorise.ts';
import type { DoorConfig } from '../../apps/clc/src/door-config.ts';
import { createEventTail } from '../../apps/clc/src/events/tail.ts';
import { createBeatReader } from '../../apps/clc/src/leader/beat-board.ts';
import { createLiveness, type Liveness } from '../../apps/clc/src/liveness.ts';
import { eventRoute } from '../../apps/clc/src/routes/events.ts';
import { loginRoutes } from '../../apps/clc/src/routes/login.ts';
import { nodeRoutes } from '../../apps/clc/src/routes/nodes.ts';
import { openApiRoute } from '../../apps/clc/src/routes/openapi.ts';
import { registerRoutes } from '../../apps/clc/src/routes/register.ts';
import { statusRoute } from '../../apps/clc/src/routes/status.ts';
import type { DaemonRow, Store } from '../../apps/clc/src/store/interface.ts';

export interface DoorDeps {
  store: Store;
  progress: ProgressCache;
  config: DoorConfig & { dataDir: string };
  now(): number;
  monotonic(): number;
  random: RandomBytes;
  log: Logger;
  verifyTicket(token: string): TicketClaims;
  ticketPublicKey: string;
  /** `https://cloud.school` when a proxy stands before us; null = the address a browser used. */
  publicUrl: string | null;
  version: string;
  mode: CloudStatus['mode'];
  readiness(): Promise<Readiness>;
  /** Whether our own broker connection is up. */
  hearing(): boolean;
  onRegistered(daemon: DaemonRow): Promise<void>;
}

export interface Door {
  /** For createRest. */
  authorise: RestOptions['authorise'];
  idempotency: NonNullable<RestOptions['idempotency']>;
  liveness: Liveness;
  /** Declares all routes of the door; before listen. */
  declare(rest: Rest): void;
  /** Makes the first admin, then watches beats and events. Before listen. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const SWEEP_MS = 15 * 60_000;

export async function createDoor(deps: DoorDeps): Promise<Door> {
  const { store, config, now, random, log } = deps;
  const { accounts, daemons, settings } = store.read;
  const origin = deps.publicUrl ? new URL(deps.publicUrl).origin : null;
  const passwords = createPasswords({ random });
  const sessions = createSessions({ accounts, now, random, serverKey: await settings.getOrInsert('door-key', newSecret(random)), ttlMs: config.sessions.hours * 3_600_000 });
  const throttle = createThrottle({ now, perUser: config.sessions.loginAttempts, perAddress: config.sessions.loginAttemptsPerAddress, windowMs: config.sessions.loginWindowSeconds * 1000 });
  const liveness = createLiveness({ store, monotonic: deps.monotonic, now, heartbeatMs: config.membership.heartbeatMs, hearing: deps.hearing, log });
  const beats = createBeatReader({ liveness, progress: deps.progress, log, leads: () => true });
  const tail = createEventTail({ store, progress: deps.progress, log });
  const stops: Array<() => void> = [];

  return {
    authorise: createAuthorise({ sessions, daemons, verifyTicket: deps.verifyTicket, publicOrigin: origin }),
    idempotency: createIdempotency({ accounts, now, show: async () => null }),
    liveness,
    declare(rest) {
      loginRoutes(rest, { accounts, passwords, sessions, throttle, secureCookies: origin?.startsWith('https:') ?? false, now });
      registerRoutes(rest, {
        store, daemons, liveness, ledger: config.ledger, ticketPublicKey: deps.ticketPublicKey,
        heartbeatMs: config.membership.heartbeatMs, hostHeartbeatMs: config.membership.hostHeartbeatMs, inventoryMs: config.membership.inventoryMs, now, random, log, onRegistered: deps.onRegistered,
      });
      nodeRoutes(rest, { store, beats, liveness, ledger: config.ledger, now, random, tellCluster: () => undefined, saga: null as never }); // nothing is fenced here
      statusRoute(rest, { store, beats, version: deps.version, mode: deps.mode, readiness: deps.readiness, leadership: () => ({ id: 'clc-00000001', role: 'leader', epoch: 1, since: now(), leader: 'clc-00000001' }) });
      openApiRoute(rest, { version: deps.version });
      const events = eventRoute(rest, { store, tail, progress: deps.progress, sessions });
      stops.push(() => events.close());
    },
    async start() {
      await ensureFirstAdmin({ accounts, passwords, random, now, log, dataDir: config.dataDir, admin: config.admin });
      await liveness.start();
      await tail.start();
      const sweep = setInterval(() => void sweepAccounts(accounts, now()).catch((e: unknown) => log.warn({ err: asCloudError(e) }, 'old sessions could not be removed')), SWEEP_MS);
      sweep.unref();
      stops.push(() => clearInterval(sweep));
    },
    async close() {
      for (const stop of stops.splice(0)) stop();
      beats.close();
      await tail.close();
      await liveness.close();
    },
  };
}
