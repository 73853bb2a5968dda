// Batches, as REST gives them. Called by hooks/useBatches.ts.
import type { BatchView, CreateBatch } from '@educloud/contracts';
import { request } from './client.ts';

/** The newest ones. */
export const fetchBatches = async (): Promise<BatchView[]> => (await request<{ items: BatchView[] }>('GET', '/batches?limit=20')).items;
export const fetchBatch = (id: string): Promise<BatchView> => request('GET', `/batches/${id}`);
export const createBatch = (body: CreateBatch): Promise<BatchView> => request('POST', '/batches', body);
