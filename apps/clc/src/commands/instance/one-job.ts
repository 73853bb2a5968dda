// The shape of an action that is one job of the node and one state afterwards: pause.ts, unpause.ts. What fails leaves the instance as it was.
import { say, type InstanceAction, type InstanceTask, type JobParams } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import type { Deps, PlanDeps } from '../../deps.ts';
import { change, clearError, doing, loadLife, order, rest, stays, waits, type Life } from './life.ts';

interface OneJob {
  action: InstanceAction;
  job: 'pauseDomain' | 'unpauseDomain';
  task: InstanceTask;
  doing: 'instancePausing' | 'instanceUnpausing';
  becomes: 'active' | 'paused';
  done: 'instancePaused' | 'instanceRuns';
}

/** How the action is asked for, and its plan. */
export interface OneJobAction {
  ask(deps: Deps, id: string): Promise<UserInstanceRow>;
  plan(deps: PlanDeps): PlanDefinition<Tx, Life>;
}

export const oneJob = (one: OneJob): OneJobAction => ({
  ask: (deps, id) => order(deps, id, one.action, async () => ({ name: `instance/${one.action}`, input: {} })),
  plan: () => ({
    name: `instance/${one.action}`,
    load: loadLife,
    jobs: [
      {
        name: one.job,
        target: ({ guest }) => guest.ncId ?? '',
        params: ({ guest }): JobParams<OneJob['job']> => ({ insId: guest.instance.id }),
        deadlineMs: 60_000,
      },
    ],
    async onStart(tx, { row }) {
      await doing(tx, row, one.task, { progress: 0, message: say(one.doing), ...clearError });
    },
    async onDone(tx, { row }) {
      await change(tx, row, rest(one.becomes), { progress: 100, message: say(one.done), ...clearError });
    },
    async onFailed(tx, life, error) {
      await stays(tx, life, one.action, error);
    },
    async onStuck(tx, { row }, error) {
      await doing(tx, row, row.taskState, waits(one.action, error));
    },
  }),
});
