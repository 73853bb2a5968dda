// network/modify: the network of a cluster as an administrator wants it, and its pools with it. Nothing that is leased is taken away. Called by routes/networks.
import { CloudError, wrongField } from '@educloud/errors';
import { ClusterNetworkSettings, say, type Said } from '@educloud/contracts';
import { clashWith, mistakesOf } from '../network/check-settings.ts';
import { ownPorts, type OwnPort } from '../network/own-ports.ts';
import { fillPools } from '../network/pools.ts';
import { poolsOf, within } from '../network/addresses.ts';
import { settingsOf } from '../network/setting.ts';
import { changedMeanwhile, requireRevision, type SeenRevisions } from '../revision.ts';
import type { AddressRow, ClusterNetworkRow, DaemonRow, Store, Tx } from '../store/interface.ts';

export interface NetworkDeps { store: Store; now(): number; /** Addresses of the CLC and of what it talks to. */ servers: Readonly<Record<string, string>> }

const refusal = (code: 'BAD_REQUEST' | 'ADDRESS_TAKEN' | 'PORT_OF_CLOUD', mistakes: Array<{ field: string; why: Said }>): CloudError =>
  new CloudError(code, say('fieldSays', { field: mistakes[0]!.field, why: mistakes[0]!.why }), { data: { fields: mistakes.map(({ field, why }) => wrongField(field, why)) } });

export async function modifyNetwork(deps: NetworkDeps, cluster: DaemonRow, settings: ClusterNetworkSettings, seen: SeenRevisions): Promise<ClusterNetworkRow> {
  // check
  const mistakes = mistakesOf(settings);
  if (mistakes.length > 0) throw refusal('BAD_REQUEST', mistakes);
  const ports = ownPortIn(settings, ownPorts(await deps.store.read.daemons.daemons(), deps.servers));
  if (ports.length > 0) throw refusal('PORT_OF_CLOUD', ports);

  return deps.store.transaction(async (tx) => {
    const ccId = cluster.id;
    await tx.networks.raise(ccId);
    // With its own row written: of two who write two clusters at the same time, one sees what the other wrote.
    const all = await tx.networks.lockNetworks();
    const before = all.find((row) => row.ccId === ccId) ?? null;
    const rev = before?.rev ?? 0;
    requireRevision({ name: cluster.name, rev }, seen);
    await checkOthers(tx, all.filter((row) => row.ccId !== ccId), settings);
    await checkUnused(tx, ccId, settingsOf(before), settings);

    // record
    if (!(await tx.networks.putNetwork(ccId, rev, { settings, updatedAt: deps.now() }))) throw changedMeanwhile({ name: cluster.name, rev });
    const left = await fillPools(tx, ccId, settings);
    // The error takes everything back.
    if (left.length > 0) throw refusal('ADDRESS_TAKEN', left.map((row) => ({ field: FIELDS[row.kind], why: row.insId ? say('stillLeasedBy', { value: row.value, instance: row.insId }) : say('stillLeased', { value: row.value, state: row.state }) })));
    return (await tx.networks.network(ccId)) as ClusterNetworkRow;
  });
}

const FIELDS: Readonly<Record<AddressRow['kind'], keyof ClusterNetworkSettings>> = { 'rdp-port': 'rdpPorts', 'management-port': 'managementPorts', 'public-ip': 'publicIps', 'private-ip': 'privateNet', mac: 'macs' };

function ownPortIn(settings: ClusterNetworkSettings, own: readonly OwnPort[]): Array<{ field: string; why: Said }> {
  const pools = poolsOf(settings);
  // The range everybody begins with holds one by chance: it is left out of the rows instead.
  return (['rdp-port', 'management-port'] as const).flatMap((kind) => own.filter(({ port }) => pools[kind].some((range) => within(port, range))).slice(0, 3).map(({ port, daemon }) => ({ field: FIELDS[kind], why: say('portOfCloud', { port, daemon }) })));
}

async function checkOthers(tx: Tx, others: ClusterNetworkRow[], settings: ClusterNetworkSettings): Promise<void> {
  for (const other of others) {
    if (other.settings === null) continue;
    const cluster = await tx.daemons.daemon(other.ccId);
    // Removed while it was being written.
    if (!cluster) continue;
    const clash = clashWith(settings, other.settings, cluster.name);
    if (clash) throw refusal('ADDRESS_TAKEN', [clash]);
  }
}

/** How guests are reached, and in which net they are, is told to them when they start. */
async function checkUnused(tx: Tx, ccId: string, before: ClusterNetworkSettings, after: ClusterNetworkSettings): Promise<void> {
  const changed: Array<keyof ClusterNetworkSettings> = [];
  if (before.mode !== after.mode) changed.push('mode');
  if (before.bridge !== after.bridge && before.bridge !== null) changed.push('bridge');
  if (before.privateNet && (before.privateNet.cidr !== after.privateNet?.cidr || before.privateNet.gateway !== after.privateNet.gateway)) changed.push('privateNet');
  if (changed.length === 0) return;
  // A placement that is under way is waited for; one that waits for us reads the setting again.
  const [used] = await tx.networks.lockLeases(ccId);
  if (used) throw refusal('ADDRESS_TAKEN', changed.map((field) => ({ field, why: say('netInUse', { instance: used.insId, value: used.value }) })));
}

