// instance/unpause: a paused guest goes on where it was.
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import type { Life } from './life.ts';
import { oneJobPlan, orderOneJob, type OneJob } from './one-job.ts';

const UNPAUSE: OneJob = { action: 'unpause', job: 'unpauseDomain', task: 'unpausing', doing: 'instanceUnpausing', becomes: 'active', done: 'instanceRuns' };

export const unpauseInstance = (deps: Deps, id: string): Promise<UserInstanceRow> => orderOneJob(deps, id, UNPAUSE);
export const unpauseInstancePlan = (_deps: PlanDeps): PlanDefinition<Tx, Life> => oneJobPlan(UNPAUSE);
