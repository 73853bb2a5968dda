// instance/reset: the disk goes; the next run makes it anew from the image. What was on it is lost, which the caller named and confirmed.
import { say } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { change, clearError, doing, failed, jobDone, loadLife, order, rest, waits, type Life } from './life.ts';
import { throwAwayJobs } from './throw-away.ts';

export const resetInstance = (deps: Deps, id: string): Promise<UserInstanceRow> => order(deps, id, 'reset', async () => ({ name: 'instance/reset', input: {} }));

export const resetInstancePlan = (deps: PlanDeps): PlanDefinition<Tx, Life> => ({
  name: 'instance/reset',
  load: loadLife,
  jobs: throwAwayJobs(deps),
  async onStart(tx, { row }) {
    await doing(tx, row, 'resetting', { progress: 0, message: say('instanceThrowingAway'), ...clearError });
  },
  async onJobDispatched(tx, { row }) {
    if (row.taskState === 'stuck') await doing(tx, row, 'resetting', { message: say('instanceThrowingAway'), ...clearError });
  },
  async onJobDone(tx, { row }, job) {
    await jobDone(tx, row, 'instance/reset', job);
  },
  async onDone(tx, { row }) {
    await change(tx, row, rest('initialized'), { progress: 100, madeFrom: null, message: say('instanceReset'), ...clearError });
  },
  async onFailed(tx, { row }, error) {
    await change(tx, row, rest('error'), failed('reset', error, null));
  },
  async onStuck(tx, { row }, error) {
    await doing(tx, row, 'stuck', waits('reset', error));
  },
});
