// cacheImage → fetchImage → cloneDisk: a guest's disk from an image version. All of it can be undone until the first boot.
import type { JobParams } from '@educloud/contracts';
import type { JobDefinition } from '@educloud/saga';
import type { PlanDeps } from '../deps.ts';
import type { Tx } from '../store/interface.ts';
import { clusterUrl, placeOf, sourceOf, storeUrl, transferMs, type Guest, type OfGuest } from './guest.ts';

/** A disk may be larger than what it is made from. */
const larger = ({ source, instance, blankBytes }: Guest): { sizeBytes?: number } => (source && !blankBytes && instance.diskBytes > source.virtualSizeBytes ? { sizeBytes: instance.diskBytes } : {});

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
      target: ({ guest }) => placeOf(guest).ccId,
      params: ({ guest }): JobParams<'cacheImage'> => from(guest, `${storeUrl(guest)}/walrus`),
      undo: 'remote',
      deadlineMs: 120_000,
    },
    {
      name: 'fetchImage',
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
      params: ({ guest }): JobParams<'cloneDisk'> => ({ insId: guest.instance.id, base: guest.blankBytes ? null : sourceOf(guest), blankBytes: guest.blankBytes, ...larger(guest), ...options }),
      undo: 'remote',
      deadlineMs: 120_000,
    },
  ];
}
