// A task in words: its state, its progress, and the command that leads on. `task show`, `task list`, `--wait` and `image create` use it.
import type { Phase, TaskState, TaskView } from '@educloud/contracts';
import { nameOf, type Translate } from './language.ts';

export const stateOf = (t: Translate, at: { phase: Phase; state: TaskState }): string => `${nameOf(t, 'phase', at.phase)}/${nameOf(t, 'state', at.state)}`;

/** States whose percentage means something; in the others it is that of an earlier step. */
const MEASURED: ReadonlySet<TaskState> = new Set(['downloading', 'cloning', 'prepared', 'uploading', 'registering', 'submitted']);
export const percentOf = (task: Pick<TaskView, 'state' | 'progress'>): number | null => (MEASURED.has(task.state) ? task.progress : null);

/** null: the task is over and has made nothing, or goes on by itself. */
export function nextCommand(task: Pick<TaskView, 'tid' | 'state' | 'allowed' | 'result'>): string | null {
  if (task.result) return `edu image show ${task.result.imageId}`;
  if (task.allowed.includes('retry')) return `edu task retry ${task.tid} --wait`;
  if (task.state === 'running') return `edu task console ${task.tid}`;
  const onward = (['prepare', 'submit', 'run', 'stop'] as const).find((step) => task.allowed.includes(step));
  return onward ? `edu task ${onward} ${task.tid} --wait` : null;
}
