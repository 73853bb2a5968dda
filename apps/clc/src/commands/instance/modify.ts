// instance/modify: another name, lifetime, version policy, pins or sizes. Sizes and pins count from the next run on. Called by routes/instances.
import { CloudError, hasCode, isCloudError, wrongField } from '@educloud/errors';
import { say, type ModifyInstance, type NicAsked, type PoolKind, type Service } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../../deps.ts';
import { requireRevision, type SeenRevisions } from '../../revision.ts';
import type { InstanceNetwork, Tx, UserInstanceRow } from '../../store/interface.ts';
import { vmTypeFor } from '../../types.ts';
import { seedView, seedWith } from '../../cloud-init.ts';
import { leaseNetwork, poolsForPorts } from '../../network/lease.ts';
import { checkAddresses, checkCards } from '../../network/cards.ts';
import { checkDataDisk, checkDisk, checkLifetime, checkOfCloud, checkPins, checkScale, nicsAsked, openedServices, servicesOf, versionFor } from './define.ts';
import { change, lockedInstance, requireAction } from './life.ts';

export async function modifyInstance(deps: Deps, id: string, asked: z.output<typeof ModifyInstance>, seen: SeenRevisions): Promise<UserInstanceRow> {
  return deps.store.transaction(async (tx) => {
    // check
    const row = await lockedInstance(tx, id);
    requireAction(row, 'modify');
    requireRevision(row, seen);
    if (asked.lifetime) checkLifetime(row.kind, asked.lifetime);
    checkOfCloud(row.kind, asked);
    checkScale(asked.scale);
    checkDataDisk(deps, asked.dataDiskGiB, (await tx.ledger.claimOf(id, 'data'))?.diskBytes ?? 0);
    const pins = { node: asked.node === undefined ? row.definition.node : asked.node, cluster: asked.cluster === undefined ? row.definition.cluster : asked.cluster };
    // Another group may make a pin wrong that was right.
    await checkPins(tx, asked.ownerGroup === undefined ? asked : pins, row.kind === 'lvd' ? null : { group: asked.ownerGroup === undefined ? (row.definition.ownerGroup ?? null) : asked.ownerGroup });
    const type = asked.vmType === undefined ? null : await vmTypeFor(tx, asked.vmType);
    const pinnedVersion = asked.imageVersion === undefined ? row.pinnedVersion : asked.imageVersion === 'latest' ? null : asked.imageVersion;
    if (asked.imageVersion !== undefined || asked.diskGiB) {
      const image = await tx.images.keepImage(row.imageId);
      if (!image) throw new CloudError('NOT_FOUND', say('noImage', { image: row.imageId }));
      checkDisk(deps, asked.diskGiB, await versionFor(tx, image, pinnedVersion));
    }

    const definition = { ...row.definition, nics: asked.nics ?? nicsAsked(row.definition), services: asked.services ?? servicesOf(row), accessMode: asked.accessMode ?? row.definition.accessMode ?? 'all' };
    checkCards(asked);
    await checkAddresses(tx, asked, pins, id);

    // record
    const network = asked.nics || asked.services || asked.accessMode ? await leasedAnew(deps, tx, row, { nics: definition.nics, services: openedServices({ ...row, definition }) }) : undefined;
    const told = asked.cloudInit === undefined ? undefined : seedWith(await tx.userInstances.seed(id), asked.cloudInit);
    if (told !== undefined) await tx.userInstances.setSeed(id, told);
    const [memoryMiB, cpus] = [asked.memoryMiB ?? type?.memoryMiB ?? row.memoryMiB, asked.cpus ?? type?.cpus ?? row.cpus];
    const { diskGiB = 0, dataDiskGiB = 0, node, cluster, ownerGroup = null, highAvailability, scale, startup = null, metrics = true, placementPolicy = null, cloudInit = null } = row.definition;
    await tx.instances.updateInstance(id, { memoryMiB, cpus });
    return change(tx, row, null, {
      memoryMiB, cpus, pinnedVersion, name: asked.name ?? row.name, description: asked.description ?? row.description, lifetime: asked.lifetime ?? row.lifetime, vmType: type?.name ?? row.vmType,
      ...(network ? { network } : {}), ...(asked.autoStop === undefined ? {} : { autoStop: asked.autoStop }),
      definition: {
        nics: definition.nics, services: definition.services, accessMode: definition.accessMode,
        startup: asked.startup === undefined ? startup : asked.startup, metrics: asked.metrics ?? metrics, placementPolicy: asked.placementPolicy === undefined ? placementPolicy : asked.placementPolicy,
        diskGiB: asked.diskGiB ?? type?.diskGiB ?? diskGiB, dataDiskGiB: asked.dataDiskGiB ?? dataDiskGiB, node: asked.node === undefined ? node : asked.node, cluster: asked.cluster === undefined ? cluster : asked.cluster, ownerGroup: asked.ownerGroup === undefined ? ownerGroup : asked.ownerGroup,
        highAvailability: asked.highAvailability ?? highAvailability, scale: asked.scale === undefined ? scale : asked.scale, cloudInit: told === undefined ? cloudInit : seedView(told),
      },
    });
  });
}

/** One that is placed gets in its cluster what it needs now, and keeps what fits: what it has no use for is given back. */
async function leasedAnew(deps: Deps, tx: Tx, row: UserInstanceRow, { nics, services }: { nics: NicAsked[]; services: Service[] }): Promise<InstanceNetwork | undefined> {
  const cluster = row.network && (await tx.daemons.daemon(row.network.ccId));
  if (!cluster) return undefined;
  await poolsForPorts(tx, cluster.id, services);
  try {
    return await leaseNetwork({ tx, cluster, now: deps.now(), quarantineMs: deps.limits.quarantineMs }, { id: row.id, kind: row.kind, nics, services }, row.network);
  } catch (e) {
    if (!hasCode(e, 'NO_CAPACITY') || !isCloudError(e)) throw e;
    const { pool } = (e.data ?? {}) as { pool?: PoolKind };
    const why = e.why ?? say('text', { text: e.message });
    throw new CloudError('NO_CAPACITY', why, { cause: e, retryable: false, data: { fields: [wrongField(pool === 'rdp-port' || pool === 'management-port' ? 'services' : 'nics', why)] } });
  }
}
