// A daemon as people see it: its row, its last beat as the leader heard it, and what of it is promised.
import { NO_PROPERTIES, type DaemonId, type DaemonView } from '@educloud/contracts';
import { dutyOf } from '../commands/host-duty.ts';
import type { BeatReader } from '../leader/beat-board.ts';
import type { DaemonRow, Store } from '../store/interface.ts';

export interface NodeViewDeps { store: Pick<Store, 'read'>; beats: Pick<BeatReader, 'live'> }

/** The longest page; more are asked for without naming each. */
const A_PAGE = 500;

export async function nodeViews(deps: NodeViewDeps, rows: DaemonRow[]): Promise<DaemonView[]> {
  const { daemons, ledger } = deps.store.read;
  // Some reads for any number of rows: there may be hundreds of nodes.
  const nodes = rows.filter((row) => row.role === 'nc').map((row) => row.id);
  const short = rows.length <= A_PAGE;
  const [ccs, used, rooms, placed] = await Promise.all([
    daemons.daemons({ role: 'cc' }), ledger.usedByNode(short ? nodes : undefined), short ? ledger.rooms({ ncIds: nodes }, A_PAGE) : [],
    daemons.instancesByNode(rows.filter((row) => row.role === 'nc' && row.draining).map((row) => row.id)),
  ]);
  const limits = new Map((rooms ?? []).map((room) => [room.ncId, room.limits]));
  const ccNames = new Map(ccs.map((cc) => [cc.id, cc.name]));
  return rows.map((row): DaemonView => {
    const live = deps.beats.live(row.id);
    return {
      id: row.id as DaemonId, role: row.role, name: row.name, url: row.url, state: row.state, enabled: row.enabled, duty: dutyOf(row), drained: row.draining && row.role === 'nc' && !placed.has(row.id), properties: row.properties ?? NO_PROPERTIES, fenced: row.fencedEpoch !== null, epoch: row.epoch,
      ccId: row.ccId, clusterName: row.ccId === null ? null : (ccNames.get(row.ccId) ?? null),
      lastBeatAt: live?.lastBeatAt ?? row.lastBeatAt, registeredAt: row.registeredAt, facts: row.facts,
      claimed: row.role === 'nc' ? (used.get(row.id) ?? null) : null, guests: live?.guests ?? null, limits: limits.get(row.id) ?? null, load: live?.load ?? null,
      ownerGroup: row.ownerGroup, mac: row.mac ?? row.facts.mac ?? null, heartbeatMs: row.heartbeatMs,
    };
  });
}
