// instance/modify: another name, lifetime, version policy, pins or sizes. Sizes and pins count from the next run on. Called by routes/instances.
import { CloudError } from '@educloud/errors';
import { say, type ModifyInstance } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../../deps.ts';
import { requireRevision, type SeenRevisions } from '../../revision.ts';
import type { UserInstanceRow } from '../../store/interface.ts';
import { vmTypeFor } from '../../types.ts';
import { seedView, seedWith } from '../../cloud-init.ts';
import { checkDisk, checkLifetime, checkPins, checkScale, versionFor } from './define.ts';
import { change, lockedInstance, requireAction } from './life.ts';

export async function modifyInstance(deps: Deps, id: string, asked: z.output<typeof ModifyInstance>, seen: SeenRevisions): Promise<UserInstanceRow> {
  return deps.store.transaction(async (tx) => {
    // check
    const row = await lockedInstance(tx, id);
    requireAction(row, 'modify');
    requireRevision(row, seen);
    if (asked.lifetime) checkLifetime(row.kind, asked.lifetime);
    checkScale(asked.scale);
    await checkPins(tx, asked);
    const type = asked.vmType === undefined ? null : await vmTypeFor(tx, asked.vmType);
    const pinnedVersion = asked.imageVersion === undefined ? row.pinnedVersion : asked.imageVersion === 'latest' ? null : asked.imageVersion;
    if (asked.imageVersion !== undefined || asked.diskGiB) {
      const image = await tx.images.keepImage(row.imageId);
      if (!image) throw new CloudError('NOT_FOUND', say('noImage', { image: row.imageId }));
      checkDisk(deps, asked.diskGiB, await versionFor(tx, image, pinnedVersion));
    }

    // record
    const told = asked.cloudInit === undefined ? undefined : seedWith(await tx.userInstances.seed(id), asked.cloudInit);
    if (told !== undefined) await tx.userInstances.setSeed(id, told);
    const [memoryMiB, cpus] = [asked.memoryMiB ?? type?.memoryMiB ?? row.memoryMiB, asked.cpus ?? type?.cpus ?? row.cpus];
    const { diskGiB = 0, node, cluster, ownerGroup = null, highAvailability, scale, cloudInit = null } = row.definition;
    await tx.instances.updateInstance(id, { memoryMiB, cpus });
    return change(tx, row, null, {
      memoryMiB, cpus, pinnedVersion, name: asked.name ?? row.name, description: asked.description ?? row.description, lifetime: asked.lifetime ?? row.lifetime, vmType: type?.name ?? row.vmType,
      definition: {
        diskGiB: asked.diskGiB ?? type?.diskGiB ?? diskGiB, node: asked.node === undefined ? node : asked.node, cluster: asked.cluster === undefined ? cluster : asked.cluster, ownerGroup: asked.ownerGroup === undefined ? ownerGroup : asked.ownerGroup,
        highAvailability: asked.highAvailability ?? highAvailability, scale: asked.scale === undefined ? scale : asked.scale, cloudInit: told === undefined ? cloudInit : seedView(told),
      },
    });
  });
}
