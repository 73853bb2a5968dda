// Tables of what was asked for many instances at once, and of each of them.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { BatchMemberRow, BatchRow } from '../interface.ts';

export const batches = (c: Columns) => new EntitySchema<BatchRow>({
  name: 'batches',
  columns: {
    id: c.text(20, { primary: true }), owner: c.text(64), action: c.text(16), name: c.text(128), input: c.json(), state: c.text(20), progress: c.int(), total: c.int(), counts: c.json(),
    rev: c.int(), createdAt: c.big(), updatedAt: c.big(), endedAt: c.big({ nullable: true }),
  },
  indices: [
    { name: 'ix_batches_page', columns: ['createdAt', 'id'] },
    { name: 'ix_batches_owner', columns: ['owner', 'createdAt', 'id'] },
    { name: 'ix_batches_state', columns: ['state', 'createdAt', 'id'] },
  ],
});

export const batchMembers = (c: Columns) => new EntitySchema<BatchMemberRow>({
  name: 'batch_members',
  columns: {
    batchId: c.text(20, { primary: true }), position: c.int({ primary: true }), insId: c.text(20), name: c.text(128), state: c.text(16), planId: c.text(80, { nullable: true }), error: c.json({ nullable: true }),
  },
});
