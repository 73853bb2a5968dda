// Batches that the page of machines shows and begins. Nothing here polls: hooks/useLive.ts marks it stale when the stream says so.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { CreateBatch } from '@educloud/contracts';
import { createBatch, fetchBatch, fetchBatches } from '../api/batches.ts';
import { keys } from './keys.ts';

export const useBatches = () => useQuery({ queryKey: keys.batches, queryFn: fetchBatches });
export const useBatch = (id: string) => useQuery({ queryKey: keys.batch(id), queryFn: () => fetchBatch(id) });

export function useBegin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateBatch) => createBatch(body),
    onSuccess: (batch) => client.setQueryData(keys.batch(batch.id), batch),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: keys.batches }), client.invalidateQueries({ queryKey: keys.instances })]),
  });
}
