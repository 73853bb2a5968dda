// Networks of clusters, as REST gives them. Called by hooks/useNetworks.ts.
import type { AddressView, ClusterNetworkSettings, ClusterNetworkView } from '@educloud/contracts';
import { request } from './client.ts';

/** There are a few clusters: all at once. */
export const fetchNetworks = async (): Promise<ClusterNetworkView[]> => (await request<{ items: ClusterNetworkView[] }>('GET', '/networks')).items;
/** Those that somebody has, or had lately. */
export const fetchAddresses = async (ccId: string): Promise<AddressView[]> =>
  (await Promise.all(['leased', 'quarantine'].map((state) => request<{ items: AddressView[] }>('GET', `/clusters/${encodeURIComponent(ccId)}/network/addresses?state=${state}&limit=200`)))).flatMap(({ items }) => items);
/** All of it, as long as nobody else has changed it since revision `rev`. */
export const putNetwork = (ccId: string, { rev, setting }: { rev: number; setting: ClusterNetworkSettings }): Promise<ClusterNetworkView> => request('PUT', `/clusters/${encodeURIComponent(ccId)}/network`, setting, { 'If-Match': `"${rev}"` });
