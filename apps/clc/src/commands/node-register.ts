// A daemon joins, or comes back: token → identity, identity → next epoch. Called by routes/register.ts.
import { newDaemonId, type DaemonId, type NodeEvent, type RandomBytes, type RegisterReply, type RegisterRequest, type Role, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { hashSecret, isSecretOf, newSecret } from '../accounts/secrets.ts';
import type { Liveness } from '../liveness.ts';
import { limitsOf, type LedgerRules } from '../status/node-limits.ts';
import type { DaemonRow, Store, Tx } from '../store/interface.ts';

export interface RegisterDeps {
  store: Pick<Store, 'transaction'>;
  liveness: Pick<Liveness, 'registered'>;
  ledger: LedgerRules;
  ticketPublicKey: string;
  heartbeatMs: number;
  /** Of a host: the node of a cluster for local desktops alone. */
  hostHeartbeatMs: number;
  inventoryMs: number;
  now(): number;
  random: RandomBytes;
  log: Logger;
  /** Its running jobs are published again, its queue is made. Runs before the daemon gets its answer. */
  onRegistered(daemon: DaemonRow): Promise<void>;
}

export type JoiningRole = Exclude<Role, 'clc'>;

/** @param ccId of a node: the CC that passes it on */
export async function registerDaemon(deps: RegisterDeps, role: JoiningRole, request: RegisterRequest, ccId: DaemonId | null): Promise<RegisterReply> {
  const { daemon, secret } = await deps.store.transaction(async (tx) => {
    const identity = await identify(deps, tx, role, request);
    const boss = role === 'cc' ? identity.id : ccId;
    const heartbeatMs = role === 'nc' && (await isClusterOfHosts(tx, ccId)) ? deps.hostHeartbeatMs : null;
    const epoch = await tx.daemons.register(identity.id, { url: request.url.replace(/\/+$/, ''), facts: request.facts, ccId: boss, heartbeatMs, now: deps.now() });
    const row = await tx.daemons.daemon(identity.id);
    if (epoch === null || !row) throw new CloudError('CONFLICT', say('joinRemoved', { name: request.name }));
    if (role === 'nc' && request.facts.capacity) await tx.ledger.setLimits(identity.id, limitsOf(request.facts.capacity, deps.ledger, row.properties));
    const event: NodeEvent = { id: row.id, role, name: row.name, state: 'up', at: deps.now() };
    await tx.events.append('node', row.id, event);
    return { daemon: row, secret: identity.secret };
  });
  deps.liveness.registered(daemon);
  deps.log.info({ node: daemon.id, name: daemon.name, epoch: daemon.epoch, first: secret !== null }, `${daemon.name} registered`);
  try {
    await deps.onRegistered(daemon);
  } catch (e) {
    // With its identity it simply comes again. A new one must get its secret: the token is used up.
    if (secret === null) throw e;
    deps.log.warn({ err: e, node: daemon.id }, 'what follows a registration failed; it is done at the next one');
  }
  return {
    id: daemon.id as DaemonId, secret, epoch: daemon.epoch, ccId: daemon.ccId as DaemonId | null,
    ticketPublicKey: deps.ticketPublicKey, heartbeatMs: daemon.heartbeatMs ?? deps.heartbeatMs, inventoryMs: Math.max(deps.inventoryMs, daemon.heartbeatMs ?? 0), now: deps.now(),
  };
}

async function isClusterOfHosts(tx: Tx, ccId: string | null): Promise<boolean> {
  const usages = ccId === null ? [] : ((await tx.daemons.daemon(ccId))?.facts.usages ?? []);
  return usages.length > 0 && usages.every((usage) => usage === 'lvd');
}

/** @returns the new secret only when it was made just now. */
async function identify(deps: RegisterDeps, tx: Tx, role: JoiningRole, request: RegisterRequest): Promise<{ id: string; secret: string | null }> {
  if (request.id !== undefined && request.secret !== undefined) {
    const row = await tx.daemons.daemon(request.id);
    const right = isSecretOf(request.secret, row?.secretHash ?? null);
    if (!right || row?.role !== role || row.name !== request.name) throw new CloudError('NODE_IDENTITY_INVALID', say('identityOfOther', { role, name: request.name }));
    return { id: row.id, secret: null };
  }
  if (request.joinToken === undefined) throw new CloudError('JOIN_TOKEN_INVALID', say('joinTokenMissing', { role, name: request.name }));
  return enrol(deps, tx, role, { name: request.name, joinToken: request.joinToken, wish: request.secret });
}

/** As long as those we make. */
const WISH_MIN_LENGTH = 43;

async function enrol(deps: RegisterDeps, tx: Tx, role: JoiningRole, { name, joinToken, wish }: { name: string; joinToken: string; wish: string | undefined }): Promise<{ id: string; secret: string }> {
  const now = deps.now();
  if (wish !== undefined && wish.length < WISH_MIN_LENGTH) throw new CloudError('BAD_REQUEST', say('shortSecret', { length: WISH_MIN_LENGTH }), { data: { field: 'secret' } });
  // Enrolled already, and the answer was lost: nobody else knows the secret it wished for.
  const there = wish === undefined ? null : await tx.daemons.daemonByName(role, name);
  if (wish !== undefined && there && isSecretOf(wish, there.secretHash)) return { id: there.id, secret: wish };
  const token = await tx.daemons.useJoinToken(hashSecret(joinToken), { role, name, now });
  if (!token) throw new CloudError('JOIN_TOKEN_INVALID', say('joinTokenRefused', { role, name }));
  const secret = wish ?? newSecret(deps.random);
  const secretHash = hashSecret(secret);
  const old = await tx.daemons.daemonByName(role, name);
  if (old) {
    // A free token must not take over a daemon that exists.
    if (token.name !== name) throw new CloudError('JOIN_TOKEN_INVALID', say('daemonNameTaken', { role, name }));
    await tx.daemons.setSecretHash(old.id, secretHash);
    return { id: old.id, secret };
  }
  const id = newDaemonId(role, deps.random);
  const facts = { version: '', hostname: '', capacity: null, hypervisor: null, pools: [], usages: [], faults: [] };
  const inserted = await tx.daemons.insertDaemon({ id, role, name, url: '', secretHash, epoch: 0, state: 'new', enabled: true, ccId: null, facts, lastBeatAt: null, registeredAt: now, createdAt: now, fencedEpoch: null, draining: false, properties: null, heartbeatMs: null, ownerGroup: null, mac: null });
  if (!inserted) throw new CloudError('NAME_TAKEN', say('beingRegistered', { role, name }), { retryable: true });
  return { id, secret };
}
