// A daemon as people see it: its row, its last beat from memory, and what of it is promised.
import type { DaemonId, DaemonView } from '@educloud/contracts';
import type { Liveness } from '../liveness.ts';
import type { DaemonRow, Store } from '../store/interface.ts';

export interface NodeViewDeps { store: Pick<Store, 'read'>; liveness: Pick<Liveness, 'live'> }

export async function nodeViews(deps: NodeViewDeps, rows: DaemonRow[]): Promise<DaemonView[]> {
  const { daemons, ledger } = deps.store.read;
  const ccNames = new Map((await daemons.daemons({ role: 'cc' })).map((cc) => [cc.id, cc.name]));
  return Promise.all(
    rows.map(async (row): Promise<DaemonView> => {
      const live = deps.liveness.live(row.id);
      const usage = row.role === 'nc' ? await ledger.usage(row.id) : null;
      return {
        id: row.id as DaemonId, role: row.role, name: row.name, url: row.url, state: row.state, enabled: row.enabled, epoch: row.epoch,
        ccId: row.ccId, clusterName: row.ccId === null ? null : (ccNames.get(row.ccId) ?? null),
        lastBeatAt: live?.lastBeatAt ?? row.lastBeatAt, registeredAt: row.registeredAt, facts: row.facts,
        claimed: usage?.used ?? null, guests: live?.beat?.guests ?? null,
      };
    }),
  );
}
