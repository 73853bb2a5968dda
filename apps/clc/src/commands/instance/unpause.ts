// instance/unpause: a paused guest goes on where it was.
import { say, type JobParams } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { change, clearError, doing, loadLife, order, rest, stays, waits, type Life } from './life.ts';

export const unpauseInstance = (deps: Deps, id: string): Promise<UserInstanceRow> => order(deps, id, 'unpause', async () => ({ name: 'instance/unpause', input: {} }));

export const unpauseInstancePlan = (_deps: PlanDeps): PlanDefinition<Tx, Life> => ({
  name: 'instance/unpause',
  load: loadLife,
  jobs: [
    {
      name: 'unpauseDomain',
      target: ({ guest }) => guest.ncId ?? '',
      params: ({ guest }): JobParams<'unpauseDomain'> => ({ insId: guest.instance.id }),
      deadlineMs: 60_000,
    },
  ],
  async onStart(tx, { row }) {
    await doing(tx, row, 'unpausing', { progress: 0, message: say('instanceUnpausing'), ...clearError });
  },
  async onDone(tx, { row }) {
    await change(tx, row, rest('active'), { progress: 100, message: say('instanceRuns'), ...clearError });
  },
  async onFailed(tx, life, error) {
    await stays(tx, life, 'unpause', error);
  },
  async onStuck(tx, { row }, error) {
    await doing(tx, row, row.taskState, waits('unpause', error));
  },
});
