// nodestatus: what a daemon is now. Kept with it; a node's limits in the ledger follow its capacity.
import { NodeStatus, type Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Store } from '../store/interface.ts';
import { limitsOf, type LedgerRules } from './node-limits.ts';

export async function onNodeStatus(deps: { store: Pick<Store, 'transaction'>; ledger: LedgerRules }, envelope: Envelope): Promise<void> {
  const parsed = NodeStatus.safeParse(envelope.body);
  const { source } = envelope;
  if (!parsed.success || !source) throw new CloudError('MESSAGE_INVALID', `nodestatus ${envelope.id}: ${parsed.error?.issues[0]?.message ?? 'no source'}`);
  const { facts } = parsed.data;
  await deps.store.transaction(async (tx) => {
    if (!(await tx.daemons.setFacts(source.node, source.epoch, facts))) return; // of an earlier registration
    if (source.node.startsWith('nc-') && facts.capacity) await tx.ledger.setLimits(source.node, limitsOf(facts.capacity, deps.ledger));
  });
}
