// instance/resume: a suspended guest goes on where it was, with CPU and memory claimed anew and the ways to it open again. A failure leaves what was saved.
import { say, type JobParams, type Said } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import { withHardware, type OfStartingGuest } from '../../jobs/hardware.ts';
import { guestSpec } from '../../jobs/power.ts';
import { closeWays, openAccess } from '../../network/access.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { claimAndOpen } from './claim-and-open.ts';
import { change, clearError, doing, failed, jobDone, keptDiskOf, loadLife, notPutOff, order, rest, waits, type Life } from './life.ts';

export const resumeInstance = (deps: Deps, id: string): Promise<UserInstanceRow> => order(deps, id, 'resume', async () => ({ name: 'instance/resume', input: {} }));

export const resumeInstancePlan = (deps: PlanDeps): PlanDefinition<Tx, Life & OfStartingGuest> => ({
  name: 'instance/resume',
  load: withHardware(loadLife),
  jobs: [
    claimAndOpen(deps),
    openAccess(),
    {
      name: 'resumeDomain',
      target: ({ guest }) => guest.ncId ?? '',
      params: ({ guest }): JobParams<'resumeDomain'> => ({ guest: guestSpec(guest) }),
      // One that goes on after all is suspended again: nothing is claimed for it.
      undo: 'remote',
      deadlineMs: deps.limits.startMs,
      retry: { attempts: 8, backoffMs: 1000 },
    },
    {
      name: 'releaseSaved',
      commit: true,
      apply: async (tx, { instance }) => {
        await tx.ledger.release(instance.id, 'saved');
        return {};
      },
      deadlineMs: 30_000,
    },
  ],
  async onStart(tx, { row }) {
    await doing(tx, row, 'resuming', { progress: 0, message: say('instanceResuming'), ...clearError });
  },
  async onJobDone(tx, { row }, job) {
    await jobDone(tx, row, 'instance/resume', job);
  },
  async onUnwinding(tx, { row }) {
    // Before the cluster controller is asked to look again.
    await closeWays(tx, row);
  },
  async onDone(tx, { row }) {
    await tx.instances.updateInstance(row.id, { vmstatus: 'running' });
    await change(tx, row, rest('active'), { progress: 100, startedAt: deps.now(), ...notPutOff, message: say('instanceRuns'), ...clearError });
  },
  async onFailed(tx, life, error) {
    const why = failed('resume', error, keptDiskOf(life));
    if (!nothingSaved(error.why)) return void (await doing(tx, life.row, null, why));
    // No further attempt finds it either.
    await tx.ledger.release(life.row.id, 'saved');
    await tx.instances.updateInstance(life.row.id, { vmstatus: 'stopped' });
    await change(tx, life.row, rest('stopped'), { ...why, message: say('instanceMemoryLost') });
  },
  async onStuck(tx, { row }, error) {
    await doing(tx, row, row.taskState, waits('resume', error));
  },
});

/** What the node said, or what was said around it of where it happened. */
const nothingSaved = (why: unknown): boolean => typeof why === 'object' && why !== null && ((why as Said).code === 'nothingSaved' || Object.values((why as Said).args ?? {}).some(nothingSaved));
