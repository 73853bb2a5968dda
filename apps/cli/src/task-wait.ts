// Waits until no step of a task is under way, showing its progress. `--wait`, `task watch` and tests use it.
import { isResting, noteInWords, type ProgressEvent, type Step, type TaskEvent, type TaskView } from '@educloud/contracts';
import type { Api } from './api.ts';
import { followEvents } from './events.ts';
import { EXIT } from './exit-codes.ts';
import { CliFailure, taskFailure } from './failure.ts';
import { nameOf, type Translate } from './language.ts';
import { humanBytes, type Output } from './output.ts';
import { percentOf, stateOf } from './task-words.ts';

/** Asked anyway when nothing was heard for so long: a stream may be cut silently. */
const REREAD_MS = 10_000;

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

const taskPath = (tid: string): string => `/tasks/${encodeURIComponent(tid)}`;

/** Returns the task at rest (null: it is gone, after `delete`). Throws when the step failed or the time is over. */
export async function waitForTask(api: Api, options: WaitOptions): Promise<TaskView | null> {
  const { t, out, tid, step } = options;
  const stop = new AbortController();
  let timedOut = false;
  const timer = options.timeoutMs === null ? null : setTimeout(() => { timedOut = true; stop.abort(); }, options.timeoutMs);
  const interrupt = (): void => stop.abort();
  options.signal?.addEventListener('abort', interrupt, { once: true });
  if (options.signal?.aborted) stop.abort();
  const bar = out.bar(step ? nameOf(t, 'step', step) : tid);
  let ended: { task: TaskView | null } | null = null;

  const read = async (): Promise<void> => {
    try {
      const task = await api.get<TaskView>(taskPath(tid), stop.signal);
      bar.update(percentOf(task), stateOf(t, task));
      if (!underWay(task)) { ended = { task }; stop.abort(); }
    } catch (e) {
      if (stop.signal.aborted) return;
      if (step === 'delete' && e instanceof CliFailure && e.exitCode === EXIT.notFound) { ended = { task: null }; stop.abort(); return; }
      // The cloud may be restarting: the task goes on, and so do we.
      if (!(e instanceof CliFailure) || e.exitCode !== EXIT.unavailable) throw e;
    }
  };
  let trouble: Error | null = null;
  const reread = setInterval(() => void read().catch((e: unknown) => { trouble = e as Error; stop.abort(); }), REREAD_MS);
  try {
    await followEvents(api, {
      onConnect: read,
      onEvent: async (e) => {
        const data = e.data as Partial<TaskEvent & ProgressEvent>;
        if (data.tid !== tid) return;
        if (e.event === 'progress') bar.update(data.progress ?? 0, `${nameOf(t, 'phase', data.phase ?? '')}/${nameOf(t, 'job', data.job ?? '')}${data.bytes ? ` ${humanBytes(data.bytes.done)} / ${humanBytes(data.bytes.total)}` : ''}${data.note ? ` ${noteInWords(data.note, t.language)}` : ''}`);
        // An event is only a hint: what counts is the task itself, with its plans.
        if (e.event === 'task') await read();
      },
    }, stop.signal);
  } finally {
    clearInterval(reread);
    if (timer) clearTimeout(timer);
    options.signal?.removeEventListener('abort', interrupt);
    bar.end();
  }
  if (trouble) throw trouble as Error;
  const result = ended as { task: TaskView | null } | null;
  if (!result) {
    const action = `edu task watch ${tid}`;
    if (timedOut) throw new CliFailure(EXIT.timeout, t, { code: 'TIMEOUT', what: t('the time is over; the task goes on by itself', '等待超时，任务仍在继续'), action });
    throw new CliFailure(EXIT.interrupted, t, { code: 'INTERRUPTED', what: t('interrupted; the task goes on by itself', '已中断，任务仍在继续'), action });
  }
  if (result.task && !endedWell(result.task, step)) throw taskFailure(t, result.task);
  return result.task;
}
