// network/applied: a cluster controller says what is true there now. Addresses it has forgotten are free again when their time is over. Called by routes/networks.
import { CloudError } from '@educloud/errors';
import { say, type ClusterNetworkApplied } from '@educloud/contracts';
import type { Store } from '../store/interface.ts';

export async function reportNetworkApplied(deps: { store: Store; now(): number; quarantineMs: number }, ccId: string, said: ClusterNetworkApplied): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const present = (await tx.networks.network(ccId))?.stateRev ?? 0;
    if (said.rev > present) throw new CloudError('CONFLICT', say('aheadOfState', { rev: said.rev }), { retryable: false });
    // One that is late says nothing new.
    if (await tx.networks.applied(ccId, said, deps.now())) await tx.networks.endQuarantine(deps.now() - deps.quarantineMs, ccId);
  });
}
