// insstatus: what guests do by themselves. A guest that powered itself off, or crashed, is seen; an older word never overrules a newer one.
import { InstanceStatus, type Envelope, type VmStatus, say, type Said } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { ProgressCache } from '@educloud/progress';
import type { SagaOrders } from '@educloud/saga';
import { clearError } from '../commands/image-create/build.ts';
import type { Deps, PlanDeps } from '../deps.ts';
import type { InstanceRow, Store, TaskRow, Tx } from '../store/interface.ts';
import { noteWork, showLoads, type SaidOfWork } from './guest-load.ts';
import { followInstances } from './instance-life.ts';

export interface InstanceStatusDeps {
  store: Store;
  saga: Pick<SagaOrders<Tx>, 'start' | 'kick'>;
  tellCluster: Deps['tellCluster'];
  progress: Pick<ProgressCache, 'set' | 'notify'>;
  now(): number;
  limits: Pick<PlanDeps['limits'], 'guestSilentMs'>;
}

export async function onInstanceStatus(deps: InstanceStatusDeps, envelope: Envelope): Promise<void> {
  const parsed = InstanceStatus.safeParse(envelope.body);
  const source = envelope.source;
  if (!parsed.success || !source) throw new CloudError('MESSAGE_INVALID', `insstatus ${envelope.id}: ${parsed.error?.issues[0]?.message ?? 'no source'}`);
  const { full, instances, busy } = parsed.data;
  const said = new Map(instances.map((i) => [i.insId, i]));
  const silent = new Set(busy);

  const at = { epoch: source.epoch, seq: envelope.seq };
  const { begun, closed, loads } = await deps.store.transaction(async (tx) => {
    // Only instances that are placed on the speaker: a node speaks for itself alone.
    const here = (full ? await tx.instances.instancesAt(source.node) : await tx.instances.instancesByIds([...said.keys()])).filter((i) => i.ncId === source.node && !i.deletedAt && !silent.has(i.id));
    const words = here.flatMap((instance) => {
      const word = said.get(instance.id) ?? (full && instance.vmstatus === 'running' ? { vmstatus: 'stopped' as const, reason: 'lost' } : null);
      return word && isNewer(at, instance) ? [{ instance, word }] : [];
    });
    const counts = await applied(tx, at, words);
    await follow(tx, counts);
    const loads = await noteWork(tx, counts, { now: deps.now(), silentMs: deps.limits.guestSilentMs });
    return { ...(await followInstances(deps.saga, tx, counts)), loads };
  });
  for (const ccId of closed) deps.tellCluster(ccId);
  if (begun) deps.saga.kick();
  await showLoads(deps.progress, loads, deps.limits.guestSilentMs);
}

interface Word extends SaidOfWork { word: SaidOfWork['word'] & { vmstatus: VmStatus } }

const isNewer = (at: { epoch: number; seq: number }, row: InstanceRow): boolean => row.statusEpoch < at.epoch || (row.statusEpoch === at.epoch && row.statusSeq < at.seq);

/** Mostly a node says what is known already: that is one write for any number of guests. */
async function applied(tx: Tx, at: { epoch: number; seq: number }, words: Word[]): Promise<Word[]> {
  const known = words.filter(({ instance, word }) => instance.vmstatus === word.vmstatus);
  for (const vmstatus of new Set(known.map(({ word }) => word.vmstatus))) await tx.instances.confirmStatus(known.filter(({ word }) => word.vmstatus === vmstatus).map(({ instance }) => instance.id), at, vmstatus);
  // A newer word of one of them may have come meanwhile, in another lane.
  const now = new Map((await tx.instances.instancesByIds(known.map(({ instance }) => instance.id))).map((row) => [row.id, row]));
  const counts = known.filter(({ instance }) => now.get(instance.id)?.statusEpoch === at.epoch && now.get(instance.id)?.statusSeq === at.seq);
  for (const one of words) if (one.instance.vmstatus !== one.word.vmstatus && (await tx.instances.applyStatus(one.instance.id, at, one.word.vmstatus))) counts.push(one);
  return counts;
}

/** The tasks of those guests, if no step of them is under way. */
async function follow(tx: Tx, words: Word[]): Promise<void> {
  const tids = words.flatMap(({ instance }) => (instance.tid ? [instance.tid] : []));
  const active = new Set(await tx.saga.activeSubjects(tids));
  const running = new Map((await tx.tasks.tasksOf(tids)).filter((task) => !active.has(task.tid) && task.phase === 'editing' && task.state === 'running').map((task) => [task.tid, task]));
  for (const { instance, word } of words) {
    const task = running.get(instance.tid ?? '');
    if (!task) continue;
    if (word.vmstatus === 'running') await pausedOrNot(tx, instance, task, word.reason === 'io-error');
    if (word.vmstatus !== 'stopped') continue;
    const changed = await tx.tasks.changeTask(task.tid, ['editing/running'], { to: 'editing/stopped', vmstatus: 'stopped', message: stoppedBecause(word.reason), ...clearError });
    if (changed) await tx.ledger.release(instance.id, 'compute');
  }
}

/** A guest that found its node's disk full still runs, but nothing moves: its task says so until it goes on. */
async function pausedOrNot(tx: Tx, instance: InstanceRow, task: TaskRow, paused: boolean): Promise<void> {
  if ((task.message.code === 'guestPausedDiskFull') === paused) return;
  const node = paused && instance.ncId ? ((await tx.daemons.daemon(instance.ncId))?.name ?? instance.ncId) : '';
  const message = paused ? say('guestPausedDiskFull', { node }) : say('guestRuns');
  await tx.tasks.changeTask(task.tid, ['editing/running'], { message });
}

function stoppedBecause(reason: string): Said {
  if (reason === 'crashed' || reason === 'failed') return say('guestBroke', { how: reason });
  if (reason === 'lost') return say('guestLost');
  return say('guestPoweredOff');
}
