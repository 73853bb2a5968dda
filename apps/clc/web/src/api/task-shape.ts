// What a task's phase and state mean for a page: which of the three steps, whether work is under way, whether a disk would be lost.
import type { Phase, TaskState, TaskView } from '@educloud/contracts';

const FINISHED: ReadonlySet<TaskState> = new Set(['submitted', 'cancelled', 'deleted']);
const WORKING: ReadonlySet<TaskState> = new Set(['downloading', 'cloning', 'uploading', 'registering']);
const MOVING: ReadonlySet<TaskState> = new Set(['downloading', 'cloning', 'booting', 'stopping', 'uploading', 'registering', 'cancelling', 'unwinding']);

/** Nothing can follow but deleting the record. */
export const isFinished = (state: TaskState): boolean => FINISHED.has(state);
/** A bar is worth showing: bytes move. */
export const hasProgress = (state: TaskState): boolean => WORKING.has(state);
/** Something happens by itself. */
export const isMoving = (state: TaskState): boolean => MOVING.has(state);

export const stepOf = (phase: Phase): 1 | 2 | 3 => (phase === 'preparing' ? 1 : phase === 'editing' ? 2 : 3);

/** True once the guest may have written its disk: from then on it is the person's. */
export function hasEditedDisk(task: Pick<TaskView, 'phase' | 'state' | 'plans'>): boolean {
  if (task.state === 'submitted') return false;
  return task.phase !== 'preparing' || task.plans.some((plan) => plan.jobs.some((job) => job.name === 'startDomain' && job.startedAt !== null));
}

/** Which `now.*` words explain the present moment. */
export function wordsOf(phase: Phase, state: TaskState): string {
  const own: Record<Phase, readonly TaskState[]> = {
    preparing: ['pending', 'downloading', 'cloning', 'prepared', 'failed'],
    editing: ['booting', 'running', 'stopping', 'stopped'],
    submitting: ['uploading', 'registering'],
    submitted: ['submitted'],
  };
  return own[phase].includes(state) ? `now.${phase}.${state}` : `now.any.${state}`;
}
