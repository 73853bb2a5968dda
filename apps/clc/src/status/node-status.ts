// nodestatus: what a daemon is now. Kept with it; a node's limits in the ledger follow its capacity, and when its faults are gone its stuck plans go on.
import { NodeStatus, type Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Store } from '../store/interface.ts';
import { daemonIsBack, type DaemonBackDeps } from './daemon-back.ts';
import { limitsOf, type LedgerRules } from './node-limits.ts';

export async function onNodeStatus(deps: DaemonBackDeps & { store: Pick<Store, 'transaction'>; ledger: LedgerRules }, envelope: Envelope): Promise<void> {
  const parsed = NodeStatus.safeParse(envelope.body);
  const { source } = envelope;
  if (!parsed.success || !source) throw new CloudError('MESSAGE_INVALID', `nodestatus ${envelope.id}: ${parsed.error?.issues[0]?.message ?? 'no source'}`);
  const { facts } = parsed.data;
  // Before the facts are kept: the status comes again when this fails, and then it still tells a change.
  const before = await deps.store.read.daemons.daemon(source.node);
  if (before?.epoch === source.epoch && before.facts.faults.length > 0 && facts.faults.length === 0) await daemonIsBack(deps, before);
  await deps.store.transaction(async (tx) => {
    if (!(await tx.daemons.setFacts(source.node, source.epoch, facts))) return; // of an earlier registration
    if (source.node.startsWith('nc-') && facts.capacity) await tx.ledger.setLimits(source.node, limitsOf(facts.capacity, deps.ledger, (await tx.daemons.daemon(source.node))?.properties ?? null));
  });
}
