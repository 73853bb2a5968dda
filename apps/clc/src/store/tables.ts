// The tables as the stores use them, built once per database from the entities.
import { table, type DatabaseKind } from '@educloud/database';
import { entitiesOf } from './entities/index.ts';
import type { BatchMemberRow, BatchRow, IdempotencyRow, SessionRow, UserRow, DaemonRow, EventRow, ImageRow, InstanceRow, JoinTokenRow, LocalDesktopRow, LocalReportRow, LocalUseRow, OrphanRow, OsTypeRow, SeedRow, TaskRow, UserInstanceRow, VersionRow, VmTypeRow, AddressRow, ClusterAccessRow, ClusterNetworkRow } from './interface.ts';
import type { LedgerClaim, LedgerNode } from './entities/instances.ts';
import type { UsedTicket } from './entities/leases.ts';
import type { SettingRow } from './entities/settings.ts';
import type { JobRow, OutboxRow, PlanRow } from '@educloud/saga';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an entity may have hidden columns beside those of its row
const of = <Row>(entity: any) => table<Row>(entity);

export function tablesOf(kind: DatabaseKind) {
  const e = entitiesOf(kind);
  return {
    users: of<UserRow>(e.users), sessions: of<SessionRow>(e.sessions), idempotencyKeys: of<IdempotencyRow>(e.idempotencyKeys),
    daemons: of<DaemonRow>(e.daemons), joinTokens: of<JoinTokenRow>(e.joinTokens), images: of<ImageRow>(e.images), imageVersions: of<VersionRow>(e.imageVersions),
    instances: of<InstanceRow>(e.instances), userInstances: of<UserInstanceRow>(e.userInstances), instanceSeeds: of<SeedRow>(e.instanceSeeds), ledgerNodes: of<LedgerNode>(e.ledgerNodes), ledgerClaims: of<LedgerClaim>(e.ledgerClaims),
    batches: of<BatchRow>(e.batches), batchMembers: of<BatchMemberRow>(e.batchMembers),
    tasks: of<TaskRow>(e.tasks), orphans: of<OrphanRow>(e.orphans), events: of<EventRow>(e.events), settings: of<SettingRow>(e.settings),
    plans: of<PlanRow>(e.sagaPlans), jobs: of<JobRow>(e.sagaJobs), outbox: of<OutboxRow>(e.sagaOutbox), usedTickets: of<UsedTicket>(e.usedTickets),
    localDesktops: of<LocalDesktopRow>(e.localDesktops), localReports: of<LocalReportRow>(e.localReports), localUses: of<LocalUseRow>(e.localUses),
    vmTypes: of<VmTypeRow>(e.vmTypes), osTypes: of<OsTypeRow>(e.osTypes),
    clusterNetworks: of<ClusterNetworkRow>(e.clusterNetworks), clusterAddresses: of<AddressRow>(e.clusterAddresses), clusterAccess: of<ClusterAccessRow>(e.clusterAccess),
  };
}
export type Tables = ReturnType<typeof tablesOf>;
