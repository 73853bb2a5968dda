// batch/create: one action for many instances, or so many of one definition, written down whole. What begins and follows them is batches/work. Called by routes/batches.
import { CloudError, wrongField } from '@educloud/errors';
import { newBatchId, NUMBER_IN_NAME, numberedName, say, type CreateBatch, type UserRole } from '@educloud/contracts';
import type { z } from 'zod';
import type { Deps } from '../../deps.ts';
import type { BatchMemberRow, BatchRow, Tx } from '../../store/interface.ts';
import { defineAlike } from '../instance/define.ts';

type Asked = z.output<typeof CreateBatch>;
export const batchAddress = (id: string): string => `/clc/api/1.0/batches/${id}`;

export async function createBatch(deps: Deps, asked: Asked, who: { user: string; role: UserRole }): Promise<BatchRow> {
  const row = await deps.store.transaction(async (tx) => {
    // check
    const instances = asked.action === 'define-and-run' ? await defineAlike(deps, tx, asked.definition, namesOf(asked.definition.name, asked.count), who.user) : await theirs(tx, asked.ids, who);
    // record
    const now = deps.now();
    const batch: BatchRow = {
      id: newBatchId(deps.random), owner: who.user, action: asked.action, name: asked.action === 'define-and-run' ? asked.definition.name : '',
      input: asked.action === 'stop' ? { force: asked.force, ...(asked.graceSeconds === undefined ? {} : { graceSeconds: asked.graceSeconds }) } : {},
      state: 'running', progress: 0, total: instances.length, counts: { accepted: instances.length, running: 0, done: 0, failed: 0, refused: 0 },
      rev: 1, createdAt: now, updatedAt: now, endedAt: null,
    };
    await tx.batches.insertBatch(batch, instances.map(({ id, name }, i): BatchMemberRow => ({ batchId: batch.id, position: i + 1, insId: id, name, state: 'accepted', planId: null, error: null })));
    await deps.accepted(tx, { location: batchAddress(batch.id), status: 202 });
    return batch;
  });
  // send
  deps.lookForBatches();
  return row;
}

function namesOf(pattern: string, count: number): string[] {
  if (count > 1 && !pattern.includes(NUMBER_IN_NAME)) {
    const why = say('batchNameNeedsNumber', { braces: NUMBER_IN_NAME });
    throw new CloudError('BAD_REQUEST', why, { data: { fields: [wrongField('definition.name', why)] } });
  }
  // No number is longer than its place: a name that may be asked for may be given.
  return Array.from({ length: count }, (_, i) => numberedName(pattern, i + 1, count));
}

/** In the order they were named, each once. Of somebody else's there is nothing. */
async function theirs(tx: Tx, ids: string[], { user, role }: { user: string; role: UserRole }): Promise<Array<{ id: string; name: string }>> {
  const wanted = [...new Set(ids)];
  const rows = new Map((await tx.userInstances.userInstancesByIds(wanted)).filter((row) => row.vmState !== 'deleted' && (role === 'admin' || row.owner === user)).map((row) => [row.id, row]));
  const missing = wanted.filter((id) => !rows.has(id));
  if (missing.length > 0) throw new CloudError('NOT_FOUND', say('noInstance', { instance: missing.slice(0, 5).join(', ') }), { data: { ids: missing } });
  return wanted.flatMap((id) => rows.get(id) ?? []);
}
