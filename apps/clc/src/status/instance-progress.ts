// taskstatus with outcome progress of an instance's action: into the cache and to whoever watches. Never to the database, never backwards.
import type { InstanceProgress, JobName, TaskStatus } from '@educloud/contracts';
import { progressAt, progressKeyOf } from '../commands/instance/life.ts';
import type { TaskProgressDeps } from './task-progress.ts';

const TTL_MS = 3_600_000;

export async function onInstanceProgress(deps: TaskProgressDeps, id: string, plan: { name: string; seq: number }, job: JobName, status: TaskStatus): Promise<void> {
  const percent = progressAt(plan.name, job, status.percent);
  const key = progressKeyOf({ id });
  // Each action begins its bar at the start.
  await deps.progress.set(key, { epoch: plan.seq, percent, detail: { job, bytes: status.bytes ?? null, note: status.note ?? '' } }, TTL_MS);
  const stored = await deps.progress.get(key);
  const event: InstanceProgress = { id, progress: Math.max(percent, stored?.percent ?? 0), job, bytes: status.bytes ?? null, note: status.note ?? '', at: deps.now() };
  deps.progress.notify('instance-progress', event);
}
