// instance/unpause: a paused guest goes on where it was.
import { oneJob } from './one-job.ts';

export const { ask: unpauseInstance, plan: unpauseInstancePlan } = oneJob({ action: 'unpause', job: 'unpauseDomain', task: 'unpausing', doing: 'instanceUnpausing', becomes: 'active', done: 'instanceRuns' });
