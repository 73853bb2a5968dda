// From a setting to the rows of its pools: what is missing is added, what is free outside goes. What is leased is never taken away.
import { POOL_KINDS, type ClusterNetworkSettings, type PoolKind } from '@educloud/contracts';
import type { AddressRow, Tx } from '../store/interface.ts';
import { poolsOf, valueAt } from './addresses.ts';

/** @returns what lies outside and is not free: the caller refuses the change then. @param except ports that the cloud itself uses, where a default may hold one */
export async function fillPools(tx: Pick<Tx, 'networks'>, ccId: string, settings: ClusterNetworkSettings, except: ReadonlySet<number> = new Set()): Promise<AddressRow[]> {
  const pools = poolsOf(settings);
  const left: AddressRow[] = [];
  for (const kind of POOL_KINDS) {
    left.push(...(await tx.networks.removeAddresses(ccId, kind, pools[kind])));
    const places = pools[kind].flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)).filter((place) => !isPort(kind) || !except.has(place));
    if (places.length > 0) await tx.networks.addAddresses(ccId, kind, places.map((place) => ({ place, value: valueAt(kind, place) })));
  }
  return left;
}

const isPort = (kind: PoolKind): boolean => kind === 'rdp-port' || kind === 'management-port';
