// Networks of clusters for the page that shows them. The stream does not tell of them: they are read anew whenever the page opens.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ClusterNetworkSettings } from '@educloud/contracts';
import { fetchAddresses, fetchNetworks, putNetwork } from '../api/networks.ts';
import { keys } from './keys.ts';

export const useNetworks = () => useQuery({ queryKey: keys.networks, queryFn: fetchNetworks, refetchOnMount: 'always' });
export const useAddresses = (ccId: string) => useQuery({ queryKey: keys.addresses(ccId), queryFn: () => fetchAddresses(ccId), refetchOnMount: 'always' });

/** After a refusal too it is read again: somebody else may have changed it. */
export function useChangeNetwork(ccId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: { rev: number; setting: ClusterNetworkSettings }) => putNetwork(ccId, change),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: keys.networks }), client.invalidateQueries({ queryKey: keys.addresses(ccId) })]),
  });
}
