// instance/pause: the guest stays in memory and does nothing. Its CPU and memory stay claimed.
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import type { Life } from './life.ts';
import { oneJobPlan, orderOneJob, type OneJob } from './one-job.ts';

const PAUSE: OneJob = { action: 'pause', job: 'pauseDomain', task: 'pausing', doing: 'instancePausing', becomes: 'paused', done: 'instancePaused' };

export const pauseInstance = (deps: Deps, id: string): Promise<UserInstanceRow> => orderOneJob(deps, id, PAUSE);
export const pauseInstancePlan = (_deps: PlanDeps): PlanDefinition<Tx, Life> => oneJobPlan(PAUSE);
