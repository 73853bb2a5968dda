// Placement of a build: its disk is claimed with the choice of the node, CPU and memory only when it runs.
import { say, type JobResult } from '@educloud/contracts';
import type { PlanDeps } from '../../deps.ts';
import { place } from '../../jobs/place.ts';
import type { Build } from './build.ts';

/** Runs outside a transaction and may run twice: an existing claim is the answer. */
export async function placeInstance(deps: PlanDeps, { task, instance }: Build): Promise<JobResult<'placeInstance'>> {
  const claimed = await deps.store.read.ledger.claimOf(task.insId, 'disk');
  if (claimed && task.ccId && task.ncId === claimed.ncId) return { ccId: task.ccId, ncId: claimed.ncId };
  return place(deps, {
    instance, node: task.options.node, cluster: task.options.cluster, claims: ['disk'],
    chosen: async (tx, { ccId, ncId, name, placement }) =>
      (await tx.tasks.changeTask(task.tid, ['preparing/pending', 'preparing/downloading'], { ccId, ncId, placement, message: say('placedOn', { node: name }) })) !== null,
    refused: (tx, placement) => tx.tasks.changeTask(task.tid, ['preparing/pending'], { placement }),
  });
}
