// node/fence: an administrator says that a silent node is switched off. Its guests count as ended, nobody waits for it any more; when it is back it
// stops all its guests and cleans up before anything is placed there. Nothing but his word tells a dead node from one that is cut off.
import { say, type InstanceTask, type JobParams, type NodeEvent } from '@educloud/contracts';
import { CloudError, wrongField } from '@educloud/errors';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../deps.ts';
import { closeWays } from '../network/access.ts';
import type { StopInput } from '../jobs/power.ts';
import type { Liveness } from '../liveness.ts';
import type { DaemonRow, Tx, UserInstanceRow } from '../store/interface.ts';
import { change, clearError, rest, subjectOf } from './instance/life.ts';

/** Shorter than a node remembers what it did, so that an old copy of the command is either answered from memory or too late. A node that comes back later is asked anew by its first inventory. */
const SIX_DAYS = 6 * 24 * 3_600_000;

export async function fenceNode(deps: Pick<Deps, 'store' | 'saga' | 'now' | 'tellCluster'> & { liveness: Pick<Liveness, 'registered'> }, id: string, by: string): Promise<void> {
  const closed = new Set<string>();
  const fenced = await deps.store.transaction(async (tx) => {
    closed.clear();
    // check
    const before = await tx.daemons.daemon(id);
    if (!before) throw new CloudError('NOT_FOUND', say('noDaemon', { id }));
    if (before.role !== 'nc') throw new CloudError('BAD_REQUEST', say('onlyNodesRunGuests', { name: before.name, role: before.role }), { data: { fields: [wrongField('id', say('notANode'))] } });
    if (isOff(before)) return before;
    // record
    if (!(await tx.daemons.fence(id))) throw new CloudError('NODE_NOT_DOWN', say('nodeNotDown', { name: before.name, state: before.state }), { data: { state: before.state } });
    const row = (await tx.daemons.daemon(id)) as DaemonRow;
    for (const instance of await tx.instances.instancesAt(id)) {
      const ofSomebody = instance.purpose === 'run' ? await tx.userInstances.lockUserInstance(instance.id) : null;
      // A word of before the switching off must not overrule it.
      await tx.instances.updateInstance(instance.id, { vmstatus: 'stopped', statusEpoch: row.epoch, statusSeq: 0 });
      const ccId = ofSomebody && (await endInstance(deps, tx, ofSomebody, row.name));
      if (ccId) closed.add(ccId);
      if (instance.purpose === 'run' || !instance.tid || (await tx.saga.activePlan(instance.tid))) continue;
      const changed = await tx.tasks.changeTask(instance.tid, ['editing/running'], { to: 'editing/stopped', vmstatus: 'stopped', message: say('nodeSwitchedOff', { node: row.name }) });
      if (changed) await tx.ledger.release(instance.id, 'compute');
    }
    await deps.saga.supersede(tx, id);
    await deps.saga.start(tx, { subject: id, name: 'node/fence', input: {} });
    const event: NodeEvent = { id, role: row.role, name: row.name, state: row.state, at: deps.now(), message: `${by} says that it was switched off` };
    await tx.events.append('node', id, event);
    return row;
  });
  // send
  for (const ccId of closed) deps.tellCluster(ccId);
  deps.liveness.registered(fenced);
  await deps.saga.onDaemonRegistered(id);
  deps.saga.kick();
}

/** What people do with a guest that runs: without it there is nothing to go on with. Every other action ends by itself, with what its steps say of a node that is off. */
const ENDED_WITH_THE_GUEST: ReadonlySet<InstanceTask> = new Set(['rebooting', 'pausing', 'unpausing', 'suspending']);

/** Its disk stays where it is, to be run when the node is back; that of a temporary one is thrown away like after every end. */
async function endInstance(deps: Pick<Deps, 'saga'>, tx: Tx, row: UserInstanceRow, node: string): Promise<string | null> {
  if ((row.taskState !== null && !ENDED_WITH_THE_GUEST.has(row.taskState)) || (row.vmState !== 'active' && row.vmState !== 'paused')) return null;
  await deps.saga.supersede(tx, subjectOf(row));
  if (row.lifetime === 'temporary') {
    await deps.saga.start(tx, { subject: subjectOf(row), name: 'instance/stop', input: { graceMs: 0, force: true } satisfies StopInput });
    return null;
  }
  await change(tx, row, rest('stopped'), { message: say('instanceNodeOff', { node }), ...clearError });
  await tx.ledger.release(row.id, 'compute');
  await tx.ledger.release(row.id, 'saved');
  return closeWays(tx, row);
}

/** Switched off, and not back yet. */
export const isOff = (row: Pick<DaemonRow, 'epoch' | 'fencedEpoch'> | null): boolean => row !== null && row.fencedEpoch !== null && row.epoch === row.fencedEpoch;

interface Fenced { ncId: string }

/** Waits in the node's queue for its return. */
export const fenceNodePlan = (_deps: PlanDeps): PlanDefinition<Tx, Fenced> => ({
  name: 'node/fence',
  load: async (_tx, plan) => ({ ncId: plan.subject }),
  jobs: [{ name: 'stopGuests', target: ({ ncId }) => ncId, params: (): JobParams<'stopGuests'> => ({}), waitsForReturn: true, commit: true, deadlineMs: SIX_DAYS, retry: { attempts: 1_000_000, backoffMs: 1000 } }],
  async onDone() {},
  async onFailed() {},
  async onStuck() {},
});
