// taskstatus with outcome progress of a build: into the cache and to whoever watches. Never to the database, never backwards. (Of an instance: instance-progress.)
import type { JobName, Phase, ProgressEvent, TaskStatus } from '@educloud/contracts';
import type { ProgressCache } from '@educloud/progress';
import { progressKey, shareOf } from '../commands/image-create/build.ts';

const TTL_MS = 3_600_000;

const PHASE_OF: Readonly<Record<string, Phase>> = { prepare: 'preparing', run: 'editing', submit: 'submitting' };

export interface TaskProgressDeps {
  progress: ProgressCache;
  now(): number;
}

/** @param command wire name of the command the job belongs to, e.g. `image/create/prepare` */
export async function onTaskProgress(deps: TaskProgressDeps, tid: string, command: string, job: JobName, planSeq: number, status: TaskStatus): Promise<void> {
  const phase = PHASE_OF[command.split('/').at(-1) ?? ''];
  if (!phase) return;
  const percent = shareOf(job, status.percent);
  // A submit that is repeated begins a new phase; a prepare that is repeated goes on in the same one.
  const epoch = phase === 'submitting' ? planSeq : 0;
  const key = progressKey(tid, phase);
  await deps.progress.set(key, { epoch, percent, detail: { job, bytes: status.bytes ?? null, note: status.note ?? '' } }, TTL_MS);
  const stored = await deps.progress.get(key);
  const event: ProgressEvent = { tid, phase, progress: Math.max(percent, stored?.percent ?? 0), job, bytes: status.bytes ?? null, note: status.note ?? '', at: deps.now() };
  deps.progress.notify('progress', event);
}
