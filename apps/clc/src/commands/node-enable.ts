// The admin's word whether new work may be placed on a daemon. What runs there goes on.
import { CloudError } from '@educloud/errors';
import { say, type NodeEvent } from '@educloud/contracts';
import type { Store } from '../store/interface.ts';

export async function setNodeEnabled(deps: { store: Pick<Store, 'transaction'>; now(): number }, id: string, enabled: boolean): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const row = await tx.daemons.daemon(id);
    if (!row) throw new CloudError('NOT_FOUND', say('noDaemon', { id }));
    if (row.enabled === enabled) return;
    await tx.daemons.setEnabled(id, enabled);
    const event: NodeEvent = { id, role: row.role, name: row.name, state: row.state, at: deps.now() };
    await tx.events.append('node', id, event);
  });
}
