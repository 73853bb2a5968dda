// Start-up check of a daemon: for each job of its role exactly one handler, and none of another role.
import { JOBS, type JobName, type Role } from '@educloud/contracts';
import type { AnyJobHandler } from './interface.ts';

/** @throws Error naming every job that is missing, double or foreign */
export function requireHandlers(role: Role, handlers: readonly AnyJobHandler[]): void {
  const needed = (Object.keys(JOBS) as JobName[]).filter((job) => JOBS[job].role === role);
  const count = (job: string): number => handlers.filter((handler) => handler.job === job).length;
  const wrong = [
    ...needed.filter((job) => count(job) === 0).map((job) => `${job} has no handler`),
    ...needed.filter((job) => count(job) > 1).map((job) => `${job} has ${count(job)} handlers`),
    ...handlers.filter((handler) => !needed.includes(handler.job)).map((handler) => `${handler.job} is no job of ${role}`),
  ];
  if (wrong.length > 0) throw new Error(`job handlers of ${role}: ${wrong.join('; ')}`);
}
