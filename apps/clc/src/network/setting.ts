// The network setting of a cluster as it counts: what an administrator wrote, or without that public mode with ports of their own.
import { ClusterNetworkSettings } from '@educloud/contracts';
import type { ClusterNetworkRow, DaemonRow, Tx } from '../store/interface.ts';

export const DEFAULT_SETTINGS: ClusterNetworkSettings = ClusterNetworkSettings.parse({});

export const settingsOf = (row: ClusterNetworkRow | null | undefined): ClusterNetworkSettings => row?.settings ?? DEFAULT_SETTINGS;

export async function clusterByName(tx: Pick<Tx, 'daemons'>, idOrName: string): Promise<DaemonRow | null> {
  const found = (await tx.daemons.daemon(idOrName)) ?? (await tx.daemons.daemonByName('cc', idOrName));
  return found?.role === 'cc' ? found : null;
}
