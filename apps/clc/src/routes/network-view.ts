// The network of clusters as people see it: the setting, how full its pools are, and how far its controller is.
import { POOL_KINDS, type AddressView, type ClusterNetworkView, type DaemonState } from '@educloud/contracts';
import { poolsOf, sizeOf } from '../network/addresses.ts';
import { settingsOf } from '../network/setting.ts';
import type { AddressRow, DaemonRow, Tx } from '../store/interface.ts';
import { hostOf } from './task-view.ts';

export async function networkViews(read: Tx, clusters: DaemonRow[]): Promise<ClusterNetworkView[]> {
  const only = clusters.length === 1 ? clusters[0]?.id : undefined;
  const [rows, counts, nodes] = await Promise.all([read.networks.networks(), read.networks.counts(only), read.daemons.daemons({ role: 'nc', ...(only ? { ccId: only } : {}) })]);
  return clusters.map((cc): ClusterNetworkView => {
    const row = rows.find(({ ccId }) => ccId === cc.id) ?? null;
    const settings = settingsOf(row);
    const sizes = poolsOf(settings);
    const ours = nodes.filter((node) => node.ccId === cc.id);
    return {
      ...settings, ccId: cc.id, cluster: cc.name, state: cc.state as DaemonState, configured: row?.settings != null, accessAt: settings.accessHost ?? hostOf(cc),
      pools: POOL_KINDS.map((kind) => {
        const { all, leased, quarantine } = counts.find((one) => one.ccId === cc.id && one.kind === kind) ?? { all: sizeOf(sizes[kind]), leased: 0, quarantine: 0 };
        return { kind, all, leased, quarantine };
      }),
      rev: row?.rev ?? 0, stateRev: row?.stateRev ?? 0, appliedRev: row?.appliedRev ?? 0, appliedAt: row?.appliedAt ?? null, refused: row?.refused ?? [],
      nft: cc.facts.network?.nft ?? null, message: cc.facts.network?.message ?? '', ...(cc.facts.network?.why ? { why: cc.facts.network.why } : {}),
      nodes: { all: ours.length, bridged: ours.filter((node) => settings.bridge !== null && node.facts.network?.nft === true && node.facts.network.bridges.includes(settings.bridge)).length },
      updatedAt: row?.updatedAt ?? null,
    };
  });
}

export async function addressViews(read: Tx, rows: AddressRow[]): Promise<AddressView[]> {
  const ids = [...new Set(rows.flatMap(({ insId }) => insId ?? []))];
  const instances = new Map((await read.userInstances.userInstancesByIds(ids)).map((row) => [row.id, row]));
  return rows.map(({ kind, value, state, insId, purpose, freedAt }) => {
    const instance = instances.get(insId ?? '');
    return { kind, value, state, insId, instance: instance?.name ?? null, owner: instance?.owner ?? null, purpose, freedAt };
  });
}
