// A daemon as people see it: its row, its last beat as the leader heard it, and what of it is promised.
import type { DaemonId, DaemonView } from '@educloud/contracts';
import type { BeatReader } from '../leader/beat-board.ts';
import type { DaemonRow, Store } from '../store/interface.ts';

export interface NodeViewDeps { store: Pick<Store, 'read'>; beats: Pick<BeatReader, 'live'> }

/** The longest page; more are asked for without naming each. */
const A_PAGE = 500;

export async function nodeViews(deps: NodeViewDeps, rows: DaemonRow[]): Promise<DaemonView[]> {
  const { daemons, ledger } = deps.store.read;
  // Two reads for any number of rows: there may be hundreds of nodes.
  const [ccs, used] = await Promise.all([daemons.daemons({ role: 'cc' }), ledger.usedByNode(rows.length <= A_PAGE ? rows.filter((row) => row.role === 'nc').map((row) => row.id) : undefined)]);
  const ccNames = new Map(ccs.map((cc) => [cc.id, cc.name]));
  return rows.map((row): DaemonView => {
    const live = deps.beats.live(row.id);
    return {
      id: row.id as DaemonId, role: row.role, name: row.name, url: row.url, state: row.state, enabled: row.enabled, fenced: row.fencedEpoch !== null, epoch: row.epoch,
      ccId: row.ccId, clusterName: row.ccId === null ? null : (ccNames.get(row.ccId) ?? null),
      lastBeatAt: live?.lastBeatAt ?? row.lastBeatAt, registeredAt: row.registeredAt, facts: row.facts,
      claimed: row.role === 'nc' ? (used.get(row.id) ?? null) : null, guests: live?.guests ?? null,
      ownerGroup: row.ownerGroup, mac: row.mac ?? row.facts.mac ?? null, heartbeatMs: row.heartbeatMs,
    };
  });
}
