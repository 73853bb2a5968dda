// instance/pause: the guest stays in memory and does nothing. Its CPU and memory stay claimed.
import { say, type JobParams } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { change, clearError, doing, loadLife, order, rest, stays, waits, type Life } from './life.ts';

export const pauseInstance = (deps: Deps, id: string): Promise<UserInstanceRow> => order(deps, id, 'pause', async () => ({ name: 'instance/pause', input: {} }));

export const pauseInstancePlan = (_deps: PlanDeps): PlanDefinition<Tx, Life> => ({
  name: 'instance/pause',
  load: loadLife,
  jobs: [
    {
      name: 'pauseDomain',
      target: ({ guest }) => guest.ncId ?? '',
      params: ({ guest }): JobParams<'pauseDomain'> => ({ insId: guest.instance.id }),
      // One that cannot be paused for good goes on as it was.
      deadlineMs: 60_000,
    },
  ],
  async onStart(tx, { row }) {
    await doing(tx, row, 'pausing', { progress: 0, message: say('instancePausing'), ...clearError });
  },
  async onDone(tx, { row }) {
    await change(tx, row, rest('paused'), { progress: 100, message: say('instancePaused'), ...clearError });
  },
  async onFailed(tx, life, error) {
    await stays(tx, life, 'pause', error);
  },
  async onStuck(tx, { row }, error) {
    await doing(tx, row, row.taskState, waits('pause', error));
  },
});
