// cacheImage → fetchImage → cloneDisk: a guest's disk from an image version. All of it can be undone until the first boot.
// Where the node is known to have the version, cloneDisk alone: it pins it, and says so when it is not there after all.
import type { JobParams } from '@educloud/contracts';
import type { JobDefinition, PlanRow, Results } from '@educloud/saga';
import type { PlanDeps } from '../deps.ts';
import type { Tx } from '../store/interface.ts';
import { clusterUrl, placeOf, sourceOf, storeUrl, transferMs, type Guest, type OfGuest } from './guest.ts';

/** A disk may be larger than what it is made from. */
const larger = ({ source, instance, blankBytes }: Guest): { sizeBytes?: number } => (source && !blankBytes && instance.diskBytes > source.virtualSizeBytes ? { sizeBytes: instance.diskBytes } : {});

/** What a plan loads, and whether it has tried to make the disk. */
export const withCloneTried = <C extends OfGuest>(load: (tx: Tx, plan: PlanRow) => Promise<C>) => async (tx: Tx, plan: PlanRow): Promise<C> => {
  const loaded = await load(tx, plan);
  const cloneTried = (await tx.saga.jobs(plan.id)).some((job) => job.name === 'cloneDisk' && job.attempt > 0);
  return { ...loaded, guest: { ...loaded.guest, cloneTried } };
};

/** To be called when a job has ended: the node that has fetched a version has it. */
export function noteFetched(deps: Pick<PlanDeps, 'nodesHave'>, { ncId, source }: Guest, job: { name: string; attempt: number }): void {
  if (job.name === 'fetchImage' && job.attempt > 0 && ncId && source) deps.nodesHave.note(ncId, source);
}

const skipped = (results: Results, job: 'cacheImage' | 'fetchImage'): boolean => results[job] === null;

/** @param options.removedEvenBooted the plan that makes the disk also starts it for the first time: when that fails, nobody has used it yet */
export function makeDiskJobs(deps: PlanDeps, options: { removedEvenBooted?: boolean } = {}): JobDefinition<Tx, OfGuest>[] {
  const from = (guest: Guest, baseUrl: string): JobParams<'cacheImage'> => {
    const image = sourceOf(guest);
    return {
      insId: guest.instance.id,
      image,
      source: {
        url: `${baseUrl}/api/1.0/images/${image.imageId}/versions/${image.version}/file`,
        ticket: deps.sign({ action: 'image/download', imageId: image.imageId, version: image.version }, transferMs(deps, image.sizeBytes)),
      },
    };
  };
  return [
    {
      name: 'cacheImage',
      skip: ({ guest }) => !guest.cloneTried && !guest.blankBytes && guest.ncId !== null && guest.source !== null && deps.nodesHave.has(guest.ncId, guest.source),
      target: ({ guest }) => placeOf(guest).ccId,
      params: ({ guest }): JobParams<'cacheImage'> => from(guest, `${storeUrl(guest)}/walrus`),
      undo: 'remote',
      deadlineMs: 120_000,
    },
    {
      name: 'fetchImage',
      skip: (_, results) => skipped(results, 'cacheImage'),
      target: ({ guest }) => placeOf(guest).ncId,
      params: ({ guest }): JobParams<'fetchImage'> => from(guest, `${clusterUrl(guest)}/cc`),
      undo: 'remote',
      deadlineMs: ({ guest }) => transferMs(deps, sourceOf(guest).sizeBytes),
      retry: { attempts: 6, backoffMs: 500 },
      retryFrom: 'cacheImage',
    },
    {
      name: 'cloneDisk',
      target: ({ guest }) => placeOf(guest).ncId,
      params: ({ guest }, results): JobParams<'cloneDisk'> => ({
        insId: guest.instance.id, base: guest.blankBytes ? null : sourceOf(guest), blankBytes: guest.blankBytes, ...larger(guest), ...(skipped(results, 'fetchImage') ? { pins: true } : {}), ...options,
      }),
      undo: 'remote',
      deadlineMs: 120_000,
      retryFrom: 'cacheImage',
    },
  ];
}
