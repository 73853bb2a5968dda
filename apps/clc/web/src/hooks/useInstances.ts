// The instances that the pages read and what they ask of them. Nothing here polls: hooks/useLive.ts marks it stale when the stream says so.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { DefineInstance, InstanceAction, InstanceView, ModifyInstance } from '@educloud/contracts';
import { askAction, changeInstance, defineInstance, fetchInstance, fetchInstances, fetchLocalHosts, fetchSerialLog } from '../api/instances.ts';
import { keys } from './keys.ts';

export const useInstances = () => useQuery({ queryKey: keys.instances, queryFn: fetchInstances });
export const useInstance = (id: string) => useQuery({ queryKey: keys.instance(id), queryFn: () => fetchInstance(id) });
export const useLocalHosts = (id: string) => useQuery({ queryKey: keys.localHosts(id), queryFn: () => fetchLocalHosts(id) });
export const useSerialLog = (id: string) => useQuery({ queryKey: keys.serialLog(id), queryFn: () => fetchSerialLog(id), /* nobody tells when a guest has said something */ staleTime: 0 });

/** The answer only says "accepted", the stream tells the rest. */
export function useAction(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: InstanceAction) => askAction(id, action),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: keys.instance(id) }), client.invalidateQueries({ queryKey: keys.instances })]),
  });
}

export function useDefine() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: DefineInstance) => defineInstance(body),
    onSuccess: (instance) => {
      client.setQueryData(keys.instance(instance.id), instance);
      void client.invalidateQueries({ queryKey: keys.instances });
    },
  });
}

/** Of the machine as it was seen. */
export function useChange(seen: Pick<InstanceView, 'id' | 'rev'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ModifyInstance) => changeInstance(seen, body),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: keys.instance(seen.id) }), client.invalidateQueries({ queryKey: keys.instances })]),
  });
}
