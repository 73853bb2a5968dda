// Hosts that the pages read and what is asked of them. Nothing here polls: hooks/useLive.ts marks it stale when the stream says so; how loaded they are moves without a word, so it is read anew whenever a page opens.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { askHost, askPull, fetchDesktopsOf, fetchGuestsOf, fetchHost, fetchHosts, fetchOrphans, fetchPull, type HostAsk } from '../api/hosts.ts';
import { keys } from './keys.ts';

export const useHosts = () => useQuery({ queryKey: keys.hosts, queryFn: fetchHosts, refetchOnMount: 'always' });
export const useHost = (id: string) => useQuery({ queryKey: keys.host(id), queryFn: () => fetchHost(id), refetchOnMount: 'always' });
export const useGuestsOf = (id: string) => useQuery({ queryKey: keys.guestsOf(id), queryFn: () => fetchGuestsOf(id), refetchOnMount: 'always' });
export const useDesktopsOf = (id: string) => useQuery({ queryKey: keys.desktopsOf(id), queryFn: () => fetchDesktopsOf(id), refetchOnMount: 'always' });
export const usePull = (id: string) => useQuery({ queryKey: keys.pullOf(id), queryFn: () => fetchPull(id), refetchOnMount: 'always' });
export const useOrphans = () => useQuery({ queryKey: keys.orphans, queryFn: fetchOrphans, refetchOnMount: 'always' });

export function useAskHost(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ask: HostAsk) => askHost(id, ask),
    onSuccess: (host, ask) => {
      if (host) client.setQueryData(keys.host(id), host);
      if (ask.do === 'remove') client.removeQueries({ queryKey: keys.host(id) });
    },
    onSettled: (_host, error, ask) => client.invalidateQueries({ queryKey: keys.hosts, ...(ask.do === 'remove' && !error ? { exact: true } : {}) }),
  });
}

/** The answer only says "asked", the stream tells when it came. */
export function useAskPull(id: string) {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => askPull(id), onSuccess: (pull) => client.setQueryData(keys.pullOf(id), pull) });
}
