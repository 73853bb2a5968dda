// inventory: what a daemon holds. What nothing needs is noted as an orphan, and no orphan any more once it is gone or needed. Nothing is removed here.
import { Inventory, itemKey, type Envelope, type HeldItem, type NodeEvent } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { describe, judge } from '../reconcile/judge.ts';
import { knownOf } from '../reconcile/known.ts';
import type { DaemonRow, OrphanRow, Store } from '../store/interface.ts';

export interface InventoryDeps {
  store: Pick<Store, 'read' | 'transaction'>;
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
  const found = await findOrphans(deps, daemon, items.filter((item) => !silent.has(item.name)));
  const gone = [...there.values()].filter((row) => !silent.has(row.name) && !found.some((orphan) => orphan.item === row.item));
  const changed = found.filter((orphan) => !same(there.get(orphan.item), orphan));
  if (gone.length === 0 && changed.length === 0) return;
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

async function findOrphans(deps: InventoryDeps, daemon: DaemonRow, items: HeldItem[]): Promise<OrphanRow[]> {
  const known = await knownOf(deps.store.read, items);
  const found: OrphanRow[] = [];
  for (const item of items) {
    const finding = judge(item, daemon, await known(item));
    if (finding) found.push({ daemonId: daemon.id, item: itemKey(item), kind: item.kind, name: item.name, what: describe(item), sizeBytes: item.sizeBytes, since: deps.now(), ...finding });
  }
  return found;
}

const same = (a: OrphanRow | undefined, b: OrphanRow): boolean => a !== undefined && a.what === b.what && a.why === b.why && a.kept === b.kept && a.ended === b.ended;
