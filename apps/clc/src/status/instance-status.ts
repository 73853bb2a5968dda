// insstatus: what guests do by themselves. A guest that powered itself off, or crashed, is seen; an older word never overrules a newer one.
import { InstanceStatus, type Envelope, type VmStatus, say, type Said } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { clearError } from '../commands/image-create/build.ts';
import type { InstanceRow, Store, Tx } from '../store/interface.ts';

export async function onInstanceStatus(deps: { store: Store }, envelope: Envelope): Promise<void> {
  const parsed = InstanceStatus.safeParse(envelope.body);
  const source = envelope.source;
  if (!parsed.success || !source) throw new CloudError('MESSAGE_INVALID', `insstatus ${envelope.id}: ${parsed.error?.issues[0]?.message ?? 'no source'}`);
  const { full, instances, busy } = parsed.data;
  const said = new Map(instances.map((i) => [i.insId, { vmstatus: i.vmstatus, reason: i.reason }]));
  const silent = new Set(busy);

  await deps.store.transaction(async (tx) => {
    // Only instances that are placed on the speaker: a node speaks for itself alone.
    const here = full ? await tx.instances.instancesAt(source.node) : (await Promise.all([...said.keys()].map((id) => tx.instances.instance(id)))).filter((i) => i !== null);
    for (const instance of here) {
      if (instance.ncId !== source.node || instance.deletedAt || silent.has(instance.id)) continue;
      const word = said.get(instance.id) ?? (full && instance.vmstatus === 'running' ? { vmstatus: 'stopped' as const, reason: 'lost' } : null);
      if (word) await apply(tx, instance, { epoch: source.epoch, seq: envelope.seq }, word);
    }
  });
}

async function apply(tx: Tx, instance: InstanceRow, at: { epoch: number; seq: number }, word: { vmstatus: VmStatus; reason: string }): Promise<void> {
  if (!(await tx.instances.applyStatus(instance.id, at, word.vmstatus))) return;
  if (!instance.tid || (await tx.saga.activePlan(instance.tid))) return;
  if (word.vmstatus === 'running') return pausedOrNot(tx, instance, instance.tid, word.reason === 'io-error');
  if (word.vmstatus !== 'stopped') return;
  const changed = await tx.tasks.changeTask(instance.tid, ['editing/running'], { to: 'editing/stopped', vmstatus: 'stopped', message: stoppedBecause(word.reason), ...clearError });
  if (changed) await tx.ledger.release(instance.id, 'compute');
}

/** A guest that found its node's disk full still runs, but nothing moves: its task says so until it goes on. */
async function pausedOrNot(tx: Tx, instance: InstanceRow, tid: string, paused: boolean): Promise<void> {
  const says = (await tx.tasks.task(tid))?.message.code === 'guestPausedDiskFull';
  if (says === paused) return;
  const node = paused && instance.ncId ? ((await tx.daemons.daemon(instance.ncId))?.name ?? instance.ncId) : '';
  const message = paused ? say('guestPausedDiskFull', { node }) : say('guestRuns');
  await tx.tasks.changeTask(tid, ['editing/running'], { message });
}

function stoppedBecause(reason: string): Said {
  if (reason === 'crashed' || reason === 'failed') return say('guestBroke', { how: reason });
  if (reason === 'lost') return say('guestLost');
  return say('guestPoweredOff');
}
