// instance/reset: the disk goes; the next run makes it anew from the image. The data disk goes only when that is asked for. What was on them is
// lost, which the caller named and confirmed.
import { say, type ResetBody } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { z } from 'zod';
import type { Deps, PlanDeps } from '../../deps.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { change, clearError, doing, failed, jobDone, loadLife, order, rest, waits, type Life } from './life.ts';
import { throwAwayJobs } from './throw-away.ts';

export const resetInstance = (deps: Deps, id: string, { data }: z.output<typeof ResetBody>): Promise<UserInstanceRow> => order(deps, id, 'reset', async () => ({ name: 'instance/reset', input: { data } }));

const dataToo = ({ input }: Life): boolean => (input as { data?: boolean }).data === true;

export const resetInstancePlan = (deps: PlanDeps): PlanDefinition<Tx, Life> => ({
  name: 'instance/reset',
  load: loadLife,
  jobs: throwAwayJobs(deps, dataToo),
  async onStart(tx, { row }) {
    await doing(tx, row, 'resetting', { progress: 0, message: say('instanceThrowingAway'), ...clearError });
  },
  async onJobDispatched(tx, { row }) {
    if (row.taskState === 'stuck') await doing(tx, row, 'resetting', { message: say('instanceThrowingAway'), ...clearError });
  },
  async onJobDone(tx, { row }, job) {
    await jobDone(tx, row, 'instance/reset', job);
  },
  async onDone(tx, life) {
    await change(tx, life.row, rest('initialized'), { progress: 100, madeFrom: null, message: say(dataToo(life) ? 'instanceResetData' : 'instanceReset'), ...clearError });
  },
  async onFailed(tx, { row }, error) {
    await change(tx, row, rest('error'), failed('reset', error, null));
  },
  async onStuck(tx, { row }, error) {
    await doing(tx, row, 'stuck', waits('reset', error));
  },
});
