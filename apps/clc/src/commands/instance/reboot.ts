// instance/reboot: the guest powers off within its grace, else is forced, and starts again with what was defined meanwhile. It keeps its node and its disk.
import { say, type JobParams, type JobResult, type StopBody } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { z } from 'zod';
import type { Deps, PlanDeps } from '../../deps.ts';
import { withHardware, type OfStartingGuest } from '../../jobs/hardware.ts';
import { guestSpec, HOW, type StopInput } from '../../jobs/power.ts';
import { withSeed } from '../../jobs/seed.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { change, clearError, doing, loadLife, notPutOff, order, rest, stays, waits, type Life } from './life.ts';
import { stopInput } from './stop.ts';

export const rebootInstance = (deps: Deps, id: string, body: z.output<typeof StopBody>): Promise<UserInstanceRow> =>
  order(deps, id, 'reboot', async () => ({ name: 'instance/reboot', input: stopInput(deps, body) }));

export const rebootInstancePlan = (deps: PlanDeps): PlanDefinition<Tx, Life & OfStartingGuest> => ({
  name: 'instance/reboot',
  load: withHardware(withSeed(loadLife)),
  jobs: [
    {
      name: 'rebootDomain',
      target: ({ guest }) => guest.ncId ?? '',
      params: ({ guest, input }): JobParams<'rebootDomain'> => ({ guest: guestSpec(guest), ...(input as StopInput) }),
      deadlineMs: ({ input }) => (input as StopInput).graceMs + 90_000 + deps.limits.startMs,
      retry: { attempts: 8, backoffMs: 1000 },
    },
  ],
  async onStart(tx, { row }) {
    await doing(tx, row, 'rebooting', { progress: 0, message: say('instanceRebooting'), ...clearError });
  },
  async onDone(tx, { row }, _plan, results) {
    const how = (results.rebootDomain as JobResult<'rebootDomain'> | undefined)?.how ?? 'already-stopped';
    await tx.instances.updateInstance(row.id, { vmstatus: 'running' });
    await change(tx, row, rest('active'), { progress: 100, startedAt: deps.now(), ...notPutOff, message: say('instanceRebooted', { how: HOW[how] }), ...clearError });
  },
  // Whether it runs now, its node says within a minute.
  async onFailed(tx, life, error) {
    await stays(tx, life, 'reboot', error);
  },
  async onStuck(tx, { row }, error) {
    await doing(tx, row, row.taskState, waits('reboot', error));
  },
});
