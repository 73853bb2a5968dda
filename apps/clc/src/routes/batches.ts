// Batches: one action for many instances at once, or a class of so many alike. Parse by contract → call one command → reply.
import { BatchId, BatchQuery, BatchView, CreateBatch, page, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Caller, Rest } from '@educloud/rest';
import { z } from 'zod';
import { batchAddress, createBatch } from '../commands/batch/create.ts';
import type { Deps } from '../deps.ts';
import type { BatchMemberRow, BatchRow } from '../store/interface.ts';
import { userOf } from './caller.ts';

const PATH = '/clc/api/1.0/batches';
const Params = z.object({ batchid: BatchId });

const view = (row: BatchRow, members: BatchMemberRow[] = []): BatchView => ({
  id: row.id, action: row.action, owner: row.owner, name: row.name, state: row.state, progress: row.progress, total: row.total, counts: row.counts,
  createdAt: row.createdAt, updatedAt: row.updatedAt, endedAt: row.endedAt, members: members.map(({ insId, name, state, error }) => ({ id: insId, name, state, error })),
});

async function batchView(deps: Pick<Deps, 'store'>, row: BatchRow): Promise<BatchView> {
  return view(row, await deps.store.read.batches.members(row.id));
}

/** What stands there now, for a request whose own answer was lost. */
export async function batchAtAddress(deps: Pick<Deps, 'store'>, address: string): Promise<BatchView | null> {
  const row = await deps.store.read.batches.batch(address.slice(batchAddress('').length));
  return row && batchView(deps, row);
}

export function batchRoutes(rest: Rest, deps: Deps): void {
  const { batches } = deps.store.read;
  async function own(id: string, caller: Caller): Promise<BatchRow> {
    const row = await batches.batch(id);
    const { user, role } = userOf(caller);
    if (!row || (role !== 'admin' && row.owner !== user)) throw new CloudError('NOT_FOUND', say('noBatch', { batch: id }));
    return row;
  }

  rest.route({ method: 'POST', path: PATH, need: 'user', summary: 'Run, stop or delete many instances at once, or define and run so many alike (a class)', body: CreateBatch, reply: BatchView, status: 202, maxBodyBytes: 64 * 1024 }, async ({ body, caller }) => {
    const row = await createBatch(deps, body, userOf(caller));
    return { status: 202, headers: { location: batchAddress(row.id) }, body: await batchView(deps, row) };
  });
  rest.route({ method: 'GET', path: PATH, need: 'user', summary: 'Batches, newest first; your own, all of them for an admin', query: BatchQuery, reply: page(BatchView) }, async ({ query, caller }) => {
    const { user, role } = userOf(caller);
    const found = await batches.batches({ ...query, owner: role === 'admin' ? undefined : user });
    return { body: { items: found.items.map((row) => view(row)), next: found.next } };
  });
  rest.route({ method: 'GET', path: `${PATH}/:batchid`, need: 'user', summary: 'One batch with what became of each of its instances', params: Params, reply: BatchView }, async ({ params, caller }) => ({ body: await batchView(deps, await own(params.batchid, caller)) }));
}
