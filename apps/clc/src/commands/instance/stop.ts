// instance/stop: ask the guest to power off within its grace, then force it; give CPU and memory back. The disk of a temporary one is thrown away.
import { say, type JobResult, type Said, type StopBody } from '@educloud/contracts';
import { whyOf } from '@educloud/errors';
import type { PlanDefinition } from '@educloud/saga';
import type { z } from 'zod';
import { sayWhy, type WhyStop } from '../../auto-stop/decide.ts';
import type { Deps, PlanDeps } from '../../deps.ts';
import { HOW, releaseCompute, stopDomain, type StopInput } from '../../jobs/power.ts';
import { closeAccess, closeWays } from '../../network/access.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { change, clearError, doing, failed, jobDone, keptDiskOf, loadLife, order, rest, waits, type Begin, type Life } from './life.ts';
import { discardSystem } from './throw-away.ts';

export const stopInput = (deps: Pick<Deps, 'limits'>, body: z.output<typeof StopBody>): StopInput => ({ graceMs: body.graceSeconds === undefined ? deps.limits.stopGraceMs : body.graceSeconds * 1000, force: body.force });

export const stopInstance = (deps: Deps, id: string, body: z.output<typeof StopBody>): Promise<UserInstanceRow> =>
  order(deps, id, 'stop', beginStop(deps, body));

export const beginStop = (deps: Pick<Deps, 'limits'>, body: z.output<typeof StopBody>, because?: Because): Begin => async () => ({ name: 'instance/stop', input: { ...stopInput(deps, body), ...(because ? { because } : {}) } });

/** Between a shutting down by itself that failed and the next. */
const LEAST_WAIT_MINUTES = 10;
/** Nobody asked for it: it shuts down by itself. */
type Because = WhyStop;
function why({ input }: Life, how: Said): Said {
  const { because } = input as { because?: Because };
  return because ? say('autoStopped', { why: sayWhy(because), how }) : how;
}

const isTemporary = ({ row }: Life): boolean => row.lifetime === 'temporary';
const howOf = (results: Partial<Record<string, unknown>>) => HOW[(results['stopDomain'] as JobResult<'stopDomain'> | undefined)?.how ?? 'already-stopped'];

export const stopInstancePlan = (deps: PlanDeps): PlanDefinition<Tx, Life> => ({
  name: 'instance/stop',
  load: loadLife,
  jobs: [
    stopDomain<Life>(),
    // The guest is off: from here on only forward.
    {
      ...releaseCompute(),
      commit: true,
      apply: async (tx, { row }) => {
        for (const kind of ['compute', 'saved'] as const) await tx.ledger.release(row.id, kind);
        await closeWays(tx, row);
        return {};
      },
    },
    closeAccess<Life>(),
    ...discardSystem(deps).map((job) => ({
      ...job, skip: (life: Life, results: object) => !isTemporary(life) || (job.skip?.(life, results) ?? false),
    })),
  ],
  async onStart(tx, { row }) {
    await doing(tx, row, 'powering-off', { progress: 0, message: say('askingPowerOff'), ...clearError });
  },
  async onJobDispatched(tx, { row }, job) {
    // Also when it is taken up again after it was stuck.
    if (job.name === 'discardInstance' || job.name === 'discardStaging') await change(tx, row, { vmState: 'stopped', taskState: 'resetting' }, { message: say('instanceThrowingAway') });
  },
  async onJobDone(tx, { row }, job) {
    await jobDone(tx, row, 'instance/stop', job);
  },
  async onDone(tx, life, _plan, results) {
    const how = why(life, howOf(results));
    if (isTemporary(life)) return void (await change(tx, life.row, rest('initialized'), { progress: 100, madeFrom: null, message: say('instanceTemporaryEnded', { how }), ...clearError }));
    await tx.instances.updateInstance(life.row.id, { vmstatus: 'stopped' });
    await change(tx, life.row, rest('stopped'), { progress: 100, message: say('stopped', { how }), ...clearError });
  },
  async onFailed(tx, life, error) {
    const { autoStop } = life.row;
    const left = failed('stop', error, keptDiskOf(life));
    if (!autoStop || !(life.input as { because?: Because }).because) return void (await doing(tx, life.row, null, left));
    // Its moment has passed: without another one it would be tried again at once, and without end.
    const at = deps.now() + Math.max(autoStop.warnMinutes, LEAST_WAIT_MINUTES) * 60_000;
    await doing(tx, life.row, null, { ...left, autoStopAt: at, extendedUntil: at, message: say('autoStopFailed', { why: whyOf(error), at }) });
  },
  async onStuck(tx, { row }, error) {
    if (row.taskState === 'resetting') await doing(tx, row, 'stuck', waits('stop', error));
    else await doing(tx, row, row.taskState, waits('stop', error));
  },
});
