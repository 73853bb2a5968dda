// host/duty: the administrator's word whether work may be placed on a daemon, or started there. What runs there goes on. Called by routes/nodes.
import { CloudError } from '@educloud/errors';
import { say, type HostDuty, type NodeEvent } from '@educloud/contracts';
import type { DaemonRow, Store } from '../store/interface.ts';

export const dutyOf = ({ enabled, draining }: Pick<DaemonRow, 'enabled' | 'draining'>): HostDuty => (enabled ? 'enabled' : draining ? 'draining' : 'disabled');

export async function setDuty(deps: { store: Pick<Store, 'transaction'>; now(): number }, id: string, duty: HostDuty): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const row = await tx.daemons.daemon(id);
    if (!row) throw new CloudError('NOT_FOUND', say('noDaemon', { id }));
    if (dutyOf(row) === duty) return;
    await tx.daemons.setDuty(id, { enabled: duty === 'enabled', draining: duty === 'draining' });
    const event: NodeEvent = { id, role: row.role, name: row.name, state: row.state, at: deps.now(), message: `is ${duty}` };
    await tx.events.append('node', id, event);
  });
}
