// host/modify: whose it is, where it stands, how it is woken, and how much of it may be promised; of a cluster how it chooses. Called by routes/nodes.
import { CloudError, wrongField } from '@educloud/errors';
import { NO_PROPERTIES, say, type HostProperties, type ModifyHost, type NodeEvent } from '@educloud/contracts';
import type { Store } from '../store/interface.ts';
import { limitsOf, type LedgerRules } from '../status/node-limits.ts';

export async function modifyHost(deps: { store: Pick<Store, 'transaction'>; ledger: LedgerRules; now(): number }, id: string, asked: ModifyHost): Promise<void> {
  await deps.store.transaction(async (tx) => {
    // check
    const row = await tx.daemons.daemon(id);
    if (!row) throw new CloudError('NOT_FOUND', say('noDaemon', { id }));
    for (const [field, role] of [['cpuOvercommit', 'nc'], ['memoryOvercommit', 'nc'], ['placement', 'cc']] as const) {
      if (asked[field] === undefined || asked[field] === null || row.role === role) continue;
      const why = say('propertyOfOther', { role });
      throw new CloudError('BAD_REQUEST', why, { data: { fields: [wrongField(field, why)] } });
    }
    // record
    const { ownerGroup, mac, ...others } = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as ModifyHost;
    const properties: HostProperties = { ...NO_PROPERTIES, ...row.properties, ...others };
    await tx.daemons.setHost(id, { ...(ownerGroup === undefined ? {} : { ownerGroup }), ...(mac === undefined ? {} : { mac }) });
    await tx.daemons.setProperties(id, properties);
    if (row.role === 'nc' && row.facts.capacity) await tx.ledger.setLimits(id, limitsOf(row.facts.capacity, deps.ledger, properties));
    const event: NodeEvent = { id, role: row.role, name: row.name, state: row.state, at: deps.now(), message: 'its properties were changed' };
    await tx.events.append('node', id, event);
  });
}
