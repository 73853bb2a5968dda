// Networks of clusters for the page that shows them. The stream does not tell of them: they are read anew whenever the page opens.
import { useQuery } from '@tanstack/react-query';
import { fetchAddresses, fetchNetworks } from '../api/networks.ts';
import { keys } from './keys.ts';

export const useNetworks = () => useQuery({ queryKey: keys.networks, queryFn: fetchNetworks, refetchOnMount: 'always' });
export const useAddresses = (ccId: string) => useQuery({ queryKey: keys.addresses(ccId), queryFn: () => fetchAddresses(ccId), refetchOnMount: 'always' });
