// Waits until no step of a task is under way, showing its progress. `--wait`, `task watch` and tests use it.
import { isResting, noteInWords, type ProgressEvent, type Step, type TaskEvent, type TaskView } from '@educloud/contracts';
import type { Api } from './api.ts';
import { taskFailure } from './failure.ts';
import { nameOf, type Translate } from './language.ts';
import { humanBytes, type Output } from './output.ts';
import { percentOf, stateOf } from './task-words.ts';
import { waitUntilAtRest } from './wait.ts';

const underWay = (task: TaskView): boolean => {
  const newest = task.plans.reduce<TaskView['plans'][number] | null>((a, p) => (a && a.seq > p.seq ? a : p), null);
  if (newest && (newest.state === 'running' || newest.state === 'unwinding')) return true;
  return !isResting(task.state) && !(task.state === 'pending' && !newest);
};

const ENDS: Partial<Record<Step, readonly string[]>> = { prepare: ['prepared'], run: ['running'], stop: ['stopped'], submit: ['submitted'], cancel: ['cancelled', 'deleted'], delete: ['deleted'] };

/** Did the step end as it was meant to? Without a step: is the task in no trouble. */
export function endedWell(task: TaskView, step: Step | null): boolean {
  const ends = step ? ENDS[step] : undefined;
  if (ends) return ends.includes(task.state);
  return task.error === null && task.state !== 'failed' && task.state !== 'stuck';
}

export interface WaitOptions { tid: string; step: Step | null; timeoutMs: number | null; out: Output; t: Translate; signal?: AbortSignal }

/** Returns the task at rest (null: it is gone, after `delete`). Throws when the step failed or the time is over. */
export async function waitForTask(api: Api, { t, out, tid, step, timeoutMs, signal }: WaitOptions): Promise<TaskView | null> {
  const task = await waitUntilAtRest<TaskView>(api, t, {
    path: `/tasks/${encodeURIComponent(tid)}`, bar: out.bar(step ? nameOf(t, 'step', step) : tid), timeoutMs, signal, underWay, mayBeGone: step === 'delete', again: `edu task watch ${tid}`,
    goesOn: { timeout: t('the time is over; the task goes on by itself', '等待超时，任务仍在继续'), interrupted: t('interrupted; the task goes on by itself', '已中断，任务仍在继续') },
    show: (view, bar) => bar.update(percentOf(view), stateOf(t, view)),
    heard(e, bar) {
      const data = e.data as Partial<TaskEvent & ProgressEvent>;
      if (data.tid !== tid) return false;
      if (e.event === 'progress') bar.update(data.progress ?? 0, `${nameOf(t, 'phase', data.phase ?? '')}/${nameOf(t, 'job', data.job ?? '')}${data.bytes ? ` ${humanBytes(data.bytes.done)} / ${humanBytes(data.bytes.total)}` : ''}${data.note ? ` ${noteInWords(data.note, t.language)}` : ''}`);
      return e.event === 'task';
    },
  });
  if (task && !endedWell(task, step)) throw taskFailure(t, task);
  return task;
}
