// inventory: what a daemon holds. What nothing needs is noted as an orphan, and no orphan any more once it is gone or needed. Only a node that was switched off and is back is cleaned up from here.
import { isDeepStrictEqual } from 'node:util';
import { Inventory, itemKey, type Envelope, type HeldItem, type NodeEvent } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { SagaOrders } from '@educloud/saga';
import { beginRemoval } from '../commands/orphan-remove.ts';
import { describe, judge } from '../reconcile/judge.ts';
import { knownOf } from '../reconcile/known.ts';
import type { DaemonRow, OrphanRow, Store, Tx } from '../store/interface.ts';

export interface InventoryDeps {
  store: Store;
  saga: SagaOrders<Tx>;
  now(): number;
}

export async function onInventory(deps: InventoryDeps, envelope: Envelope): Promise<void> {
  const parsed = Inventory.safeParse(envelope.body);
  const { source } = envelope;
  if (!parsed.success || !source) throw new CloudError('MESSAGE_INVALID', `inventory ${envelope.id}: ${parsed.error?.issues[0]?.message ?? 'no source'}`);
  const { read } = deps.store;
  const daemon = await read.daemons.daemon(source.node);
  if (!daemon || daemon.epoch !== source.epoch) return; // of an earlier registration: the present one says it itself
  const { items, busy, from, to } = parsed.data;
  const here = (item: string): boolean => item >= from && (to === null || item < to);
  const silent = new Set(busy);

  const there = new Map((await read.orphans.orphans(daemon.id)).filter((row) => here(row.item)).map((row) => [row.item, row]));
  const { found, underWay } = await findOrphans(deps, daemon, items.filter((item) => !silent.has(item.name)));
  const gone = [...there.values()].filter((row) => !silent.has(row.name) && !underWay.has(row.item) && !found.some((orphan) => orphan.item === row.item));
  const changed = found.filter((orphan) => !same(there.get(orphan.item), orphan));
  if (gone.length > 0 || changed.length > 0) await note(deps, daemon, there, gone, changed);
  if (daemon.fencedEpoch !== null && daemon.epoch > daemon.fencedEpoch) await takeBack(deps, daemon, found, underWay, parsed.data);
}

/** A node that was switched off is back: what was superseded meanwhile goes first, without a grace; only then it may be used again. */
async function takeBack(deps: InventoryDeps, daemon: DaemonRow, found: OrphanRow[], underWay: ReadonlySet<string>, { busy, items, to }: Inventory): Promise<void> {
  const superseded = found.filter(isSuperseded);
  if (superseded.length > 0) {
    for (const orphan of superseded) await deps.store.transaction((tx) => beginRemoval(deps, tx, daemon, orphan, false));
    return deps.saga.kick();
  }
  if (items.some((item) => item.running)) return stopGuestsOf(deps, daemon);
  // The messages of one inventory come in their order: with the last one everything has been seen.
  if (busy.length > 0 || underWay.size > 0 || to !== null) return;
  const clean = await deps.store.transaction(async (tx) => {
    // Its guests are being stopped.
    if (await tx.saga.activePlan(daemon.id)) return false;
    if ((await tx.orphans.orphans(daemon.id)).some(isSuperseded)) return false;
    if (!(await tx.daemons.unfence(daemon.id, daemon.epoch))) return false;
    const event: NodeEvent = { id: daemon.id, role: daemon.role, name: daemon.name, state: daemon.state, at: deps.now(), message: 'is back and clean: it may be used again' };
    await tx.events.append('node', daemon.id, event);
    return true;
  });
  if (clean) await deps.saga.onDaemonRegistered(daemon.id);
}

/** A start that was waiting on the node, or a guest that could not be stopped the first time. */
async function stopGuestsOf(deps: InventoryDeps, daemon: DaemonRow): Promise<void> {
  const begun = await deps.store.transaction(async (tx) => {
    const now = await tx.daemons.daemon(daemon.id);
    if (!now || now.fencedEpoch === null || (await tx.saga.activePlan(daemon.id))) return false;
    await deps.saga.start(tx, { subject: daemon.id, name: 'node/fence', input: {} });
    return true;
  });
  if (begun) deps.saga.kick();
}

async function note(deps: InventoryDeps, daemon: DaemonRow, there: Map<string, OrphanRow>, gone: OrphanRow[], changed: OrphanRow[]): Promise<void> {
  await deps.store.transaction(async (tx) => {
    for (const row of gone) await tx.orphans.removeOrphan(row.daemonId, row.item);
    for (const row of changed) await tx.orphans.putOrphan(row);
    const fresh = changed.filter((orphan) => !there.has(orphan.item));
    if (fresh.length === 0) return;
    const message = `found ${fresh.length === 1 ? 'an orphan' : `${fresh.length} orphans`}: ${fresh.slice(0, 3).map((o) => `${o.name} (${o.what}; ${o.why})`).join(', ')}`;
    const event: NodeEvent = { id: daemon.id, role: daemon.role, name: daemon.name, state: daemon.state, at: deps.now(), message: message.slice(0, 500) };
    await tx.events.append('node', daemon.id, event);
  });
}

/** `underWay`: a step of its task or its removal is at work on it, which decides about it. */
async function findOrphans(deps: InventoryDeps, daemon: DaemonRow, items: HeldItem[]): Promise<{ found: OrphanRow[]; underWay: ReadonlySet<string> }> {
  const known = await knownOf(deps.store.read, items);
  const found: OrphanRow[] = [];
  const underWay = new Set<string>();
  for (const item of items) {
    const about = known(item);
    if (about.active) underWay.add(itemKey(item));
    const finding = judge(item, daemon, about);
    if (finding) found.push({ daemonId: daemon.id, item: itemKey(item), kind: item.kind, name: item.name, what: describe(item), sizeBytes: item.sizeBytes, since: deps.now(), ...finding });
  }
  return { found, underWay };
}

const isSuperseded = (orphan: OrphanRow): boolean => orphan.kind === 'instance' && orphan.kept === null;
const same = (a: OrphanRow | undefined, b: OrphanRow): boolean => a !== undefined && isDeepStrictEqual([a.what, a.why, a.kept, a.ended], [b.what, b.why, b.kept, b.ended]);
