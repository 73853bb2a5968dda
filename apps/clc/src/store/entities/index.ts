// Every table of the CLC, for TypeORM's schema builder and for the stores.
import { columns, type DatabaseKind } from '@educloud/database';
import { idempotencyKeys, sessions, users } from './accounts.ts';
import { batches, batchMembers } from './batches.ts';
import { daemons, joinTokens } from './daemons.ts';
import { eventHead, events } from './events.ts';
import { imageVersions, images } from './images.ts';
import { instanceSeeds } from './instance-seeds.ts';
import { instances, ledgerClaims, ledgerNodes } from './instances.ts';
import { leases, usedTickets } from './leases.ts';
import { clusterAccess, clusterAddresses, clusterNetworks } from './networks.ts';
import { localDesktops, localReports, localUses } from './local-desktops.ts';
import { orphans } from './orphans.ts';
import { sagaJobs, sagaOutbox, sagaPlans } from './saga.ts';
import { settings } from './settings.ts';
import { tasks } from './tasks.ts';
import { osTypes, vmTypes } from './types.ts';
import { userInstances } from './user-instances.ts';

export function entitiesOf(kind: DatabaseKind) {
  const c = columns(kind);
  return {
    users: users(c), sessions: sessions(c), idempotencyKeys: idempotencyKeys(c), daemons: daemons(c), joinTokens: joinTokens(c), images: images(c), imageVersions: imageVersions(c),
    instances: instances(c), userInstances: userInstances(c), instanceSeeds: instanceSeeds(c), ledgerNodes: ledgerNodes(c), ledgerClaims: ledgerClaims(c), tasks: tasks(c), orphans: orphans(c), events: events(c), eventHead: eventHead(c), settings: settings(c),
    sagaPlans: sagaPlans(c), sagaJobs: sagaJobs(c), sagaOutbox: sagaOutbox(c), leases: leases(c), usedTickets: usedTickets(c),
    batches: batches(c), batchMembers: batchMembers(c),
    localDesktops: localDesktops(c), localReports: localReports(c), localUses: localUses(c),
    vmTypes: vmTypes(c), osTypes: osTypes(c),
    clusterNetworks: clusterNetworks(c), clusterAddresses: clusterAddresses(c), clusterAccess: clusterAccess(c),
  };
}
