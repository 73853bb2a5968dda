// CPU and memory of a guest are claimed and it starts; it stops and gives them back. A failure never touches the disk.
import { CloudError } from '@educloud/errors';
import { say, type GuestSeed, type JobParams, type JobResult, type Said } from '@educloud/contracts';
import type { JobDefinition } from '@educloud/saga';
import type { PlanDeps } from '../deps.ts';
import type { Tx } from '../store/interface.ts';
import { nicsOf } from '../network/lease.ts';
import type { Guest, OfGuest } from './guest.ts';
import type { OfStartingGuest } from './hardware.ts';
import { boxOf } from './seed.ts';

/** @throws NODE_FENCED, NODE_DISABLED */
export function checkNodeStarts({ instance, nc }: Guest): void {
  if (nc && nc.fencedEpoch !== null) throw new CloudError('NODE_FENCED', say('nodeOfDiskOff', { node: nc.name, instance: instance.id }));
  if (nc && !nc.enabled && !nc.draining) throw new CloudError('NODE_DISABLED', say('nodeDisabledNow', { node: nc.name }), { retryable: false });
}

export const claimCompute = (): JobDefinition<Tx, OfGuest> => ({
  name: 'claimCompute',
  apply: async (tx, { guest }) => {
    checkNodeStarts(guest);
    const { instance, nc, ncId } = guest;
    // Taken with its place: claiming it again would make everybody else who is placed on this node wait.
    if (ncId && (await tx.ledger.claimOf(instance.id, 'compute'))?.ncId === ncId) return {};
    const took = await tx.ledger.claim(instance.id, 'compute', ncId ?? '', { cpus: instance.cpus, memoryMiB: instance.memoryMiB, diskBytes: 0 });
    if (!took) throw new CloudError('NO_CAPACITY', say('nodeFullNow', { node: nc?.name ?? ncId, cpus: instance.cpus, memory: instance.memoryMiB }), { retryable: false });
    return {};
  },
  undo: (tx, { guest }) => tx.ledger.release(guest.instance.id, 'compute'),
  deadlineMs: 30_000,
});

export const startDomain = (deps: PlanDeps): JobDefinition<Tx, OfStartingGuest> => ({
  name: 'startDomain',
  target: ({ guest }) => guest.ncId ?? '',
  params: ({ guest }): JobParams<'startDomain'> => ({ guest: guestSpec(guest) }),
  undo: 'remote',
  deadlineMs: deps.limits.startMs,
  // A libvirtd that is being restarted is waited for; what libvirt refuses is not retryable.
  retry: { attempts: 8, backoffMs: 1000 },
});

export const guestSpec = (guest: OfStartingGuest['guest'] & { seed?: GuestSeed | null }): JobParams<'startDomain'>['guest'] => {
  const { instance, title, tid, ostype, hardware, blankBytes, source, network } = guest;
  return { insId: instance.id, title, tid, ostype, hardware, memoryMiB: instance.memoryMiB, cpus: instance.cpus, media: blankBytes ? source : null, ...(network ? { nics: nicsOf(network) } : {}), ...startupOf(guest), ...boxOf(guest) };
};

/** A machine whose image is built is never suspended: it has the clipboard, which makes the work in it easier. */
const startupOf = ({ instance, startup }: OfStartingGuest['guest']): Pick<JobParams<'startDomain'>['guest'], 'startup'> =>
  instance.purpose === 'build' ? { startup: { bootFrom: 'disk', bootMenuSeconds: 0, clipboard: true } } : startup ? { startup } : {};

/** How a guest went off, in words. */
export const HOW: Record<JobResult<'stopDomain'>['how'], Said> = {
  agent: say('howAgent'),
  acpi: say('howAcpi'),
  forced: say('howForced'),
  'already-stopped': say('howAlready'),
};

export interface StopInput {
  graceMs: number;
  force: boolean;
}

export const stopDomain = <C extends OfGuest & { input: unknown }>(): JobDefinition<Tx, C> => ({
  name: 'stopDomain',
  target: ({ guest }) => guest.ncId ?? '',
  whenSwitchedOff: { how: 'already-stopped' } satisfies JobResult<'stopDomain'>,
  params: ({ guest, input }): JobParams<'stopDomain'> => {
    const { graceMs, force } = input as StopInput;
    return { insId: guest.instance.id, graceMs, force };
  },
  deadlineMs: ({ input }) => (input as StopInput).graceMs + 90_000,
  retry: { attempts: 8, backoffMs: 1000 },
});

export const releaseCompute = (): JobDefinition<Tx, OfGuest> => ({
  name: 'releaseCompute',
  apply: async (tx, { guest }) => {
    await tx.ledger.release(guest.instance.id, 'compute');
    return {};
  },
  deadlineMs: 30_000,
});
