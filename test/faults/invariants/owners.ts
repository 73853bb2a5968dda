// Who a guest and its disk belong to: a build, or an instance that somebody defined, told in the words of a build so that one rule judges both.
import type { DatabaseSeen, TaskSeen, UserInstanceSeen } from '../evidence/interface.ts';

export function ownersOf(db: DatabaseSeen): TaskSeen[] {
  const runtime = new Map(db.instances.map((i) => [i.id, i]));
  return [...db.tasks, ...db.userInstances.map((own): TaskSeen => {
    const row = runtime.get(own.id);
    const stand = standing(own, (row?.ncId ?? null) !== null);
    return {
      tid: row?.tid ?? own.id, kind: 'instance', name: own.name, srcImageId: own.imageId, srcVersion: own.madeFrom ?? 0, dstImageId: own.imageId, dstVersion: own.madeFrom ?? 0, insId: own.id, ...stand,
      progress: 0, vmstatus: row?.vmstatus ?? 'init', message: '', error: null, kept: null, failedStep: null, ccId: null, ncId: row?.ncId ?? null, owner: own.owner, createdAt: own.createdAt, updatedAt: own.updatedAt,
    };
  })];
}

function standing({ vmState, taskState }: UserInstanceSeen, placed: boolean): { phase: string; state: string } {
  if (vmState === 'deleted') return { phase: 'editing', state: 'deleted' };
  // Whatever is under way may have anything; the invariant of instances tells of it.
  if (taskState !== null) return { phase: 'editing', state: taskState === 'stuck' ? 'stuck' : 'booting' };
  if (vmState === 'active' || vmState === 'paused') return { phase: 'editing', state: 'running' };
  return placed ? { phase: 'editing', state: 'stopped' } : { phase: 'preparing', state: 'pending' };
}
