// instance/pause: the guest stays in memory and does nothing. Its CPU and memory stay claimed.
import { oneJob } from './one-job.ts';

export const { ask: pauseInstance, plan: pauseInstancePlan } = oneJob({ action: 'pause', job: 'pauseDomain', task: 'pausing', doing: 'instancePausing', becomes: 'paused', done: 'instancePaused' });
