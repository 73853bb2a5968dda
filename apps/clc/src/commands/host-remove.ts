// host/remove: a daemon that is gone for good is forgotten, once nothing is there any more; else it is said what is. Called by routes/nodes.
import { CloudError } from '@educloud/errors';
import { say, type NodeEvent, type Said } from '@educloud/contracts';
import type { DaemonRow, Store, Tx } from '../store/interface.ts';

export async function removeHost(deps: { store: Pick<Store, 'transaction'>; now(): number }, id: string): Promise<void> {
  await deps.store.transaction(async (tx) => {
    // check
    const row = await tx.daemons.daemon(id);
    if (!row) throw new CloudError('NOT_FOUND', say('noDaemon', { id }));
    const there = await whatIsThere(tx, row);
    if (there.length > 0) throw new CloudError('HOST_NOT_EMPTY', say('hostNotEmpty', { name: row.name, there }), { data: { there: there.map((each) => each.code) } });
    // record: what came in between makes it fail.
    if (!(await tx.daemons.removeDaemon(id))) throw new CloudError('CONFLICT', say('hostNotEmpty', { name: row.name, there: say('beingUsed') }));
    const event: NodeEvent = { id, role: row.role, name: row.name, state: 'removed', at: deps.now(), message: 'was removed' };
    await tx.events.append('node', id, event);
  });
}

async function whatIsThere(tx: Tx, row: DaemonRow): Promise<Said[]> {
  const { instances, claims, versions, nodes, jobs } = await tx.daemons.heldBy(row.id);
  return [
    ...(row.state === 'up' || row.state === 'suspect' ? [say('hostStillUp')] : []),
    ...(instances > 0 ? [say('hostHasInstances', { count: instances })] : []),
    ...(instances === 0 && claims > 0 ? [say('hostHasClaims', { count: claims })] : []),
    ...(versions > 0 ? [say('hostHasVersions', { count: versions })] : []),
    ...(nodes > 0 ? [say('hostHasNodes', { count: nodes })] : []),
    ...(jobs > 0 ? [say('hostHasJobs', { count: jobs })] : []),
  ];
}
