// instance/suspend: the guest's memory goes to its node's disk, and CPU and memory are given back. Room for the file is claimed before.
import { CloudError } from '@educloud/errors';
import { say, type JobParams } from '@educloud/contracts';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import { withHardware, type OfStartingGuest } from '../../jobs/hardware.ts';
import { guestSpec, releaseCompute } from '../../jobs/power.ts';
import { closeAccess, closeWays } from '../../network/access.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { change, clearError, doing, jobDone, loadLife, order, rest, stays, waits, type Life } from './life.ts';

export const suspendInstance = (deps: Deps, id: string): Promise<UserInstanceRow> => order(deps, id, 'suspend', async (_tx, row) => {
  if (row.definition.startup?.clipboard) throw new CloudError('CONFLICT', say('clipboardNotSaved'), { retryable: false, todo: say('setNoClipboard', { instance: id }) });
  return { name: 'instance/suspend', input: {} };
});

const MIB = 2 ** 20;

export const suspendInstancePlan = (_deps: PlanDeps): PlanDefinition<Tx, Life & OfStartingGuest> => ({
  name: 'instance/suspend',
  load: withHardware(loadLife),
  jobs: [
    {
      name: 'claimSaved',
      apply: async (tx, { instance, guest }) => {
        const diskBytes = instance.memoryMiB * MIB;
        if (!(await tx.ledger.claim(instance.id, 'saved', guest.ncId ?? '', { cpus: 0, memoryMiB: 0, diskBytes }))) throw new CloudError('NO_CAPACITY', say('noRoomToSuspend', { node: guest.nc?.name ?? '', size: diskBytes }), { retryable: false });
        return {};
      },
      undo: (tx, { instance }) => tx.ledger.release(instance.id, 'saved'),
      deadlineMs: 30_000,
    },
    {
      name: 'suspendDomain',
      target: ({ guest }) => guest.ncId ?? '',
      params: ({ guest, row }): JobParams<'suspendDomain'> => ({ guest: guestSpec(guest), ...(row.vmState === 'paused' ? { paused: true } : {}) }),
      // One that was saved after all goes on, or is paused as it was.
      undo: 'remote',
      deadlineMs: 600_000,
      retry: { attempts: 4, backoffMs: 1000 },
    },
    {
      ...releaseCompute(),
      commit: true,
      apply: async (tx, { row }) => {
        await tx.ledger.release(row.id, 'compute');
        // Nothing answers behind them; the addresses stay its own.
        await closeWays(tx, row);
        return {};
      },
    },
    closeAccess<Life & OfStartingGuest>(),
  ],
  async onStart(tx, { row }) {
    await doing(tx, row, 'suspending', { progress: 0, message: say('instanceSuspending'), ...clearError });
  },
  async onJobDone(tx, { row }, job) {
    await jobDone(tx, row, 'instance/suspend', job);
  },
  async onDone(tx, { row }) {
    await tx.instances.updateInstance(row.id, { vmstatus: 'stopped' });
    await change(tx, row, rest('suspended'), { progress: 100, message: say('instanceSuspended'), ...clearError });
  },
  async onFailed(tx, life, error) {
    await stays(tx, life, 'suspend', error);
  },
  async onStuck(tx, { row }, error) {
    await doing(tx, row, row.taskState, waits('suspend', error));
  },
});
