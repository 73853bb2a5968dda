// The table of tasks. `active` repeats isFinal(state) for the index: lists ask for what still goes on.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { TaskRow } from '../interface.ts';
import { said } from './said-column.ts';

export const tasks = (c: Columns) => new EntitySchema<TaskRow & { active: boolean }>({
  name: 'tasks',
  columns: {
    tid: c.text(64, { primary: true }), kind: c.text(16), name: c.text(128), srcImageId: c.text(20), srcVersion: c.int(), dstImageId: c.text(20), dstVersion: c.int(), insId: c.text(20),
    phase: c.text(16), state: c.text(16), progress: c.int(), vmstatus: c.text(16), message: { ...c.longText(), transformer: said }, error: c.json({ nullable: true }), kept: c.json({ nullable: true }),
    failedStep: c.text(16, { nullable: true }), options: c.json(), ccId: c.text(40, { nullable: true }), ncId: c.text(40, { nullable: true }), placement: c.json({ nullable: true }),
    owner: c.text(64), rev: c.int(), createdAt: c.big(), updatedAt: c.big(), active: c.flag({ select: false }),
  },
  indices: [
    { name: 'ix_tasks_page', columns: ['createdAt', 'tid'] },
    { name: 'ix_tasks_owner', columns: ['owner', 'createdAt', 'tid'] },
    { name: 'ix_tasks_active', columns: ['active', 'createdAt', 'tid'] },
    { name: 'ix_tasks_src', columns: ['srcImageId', 'active'] },
    { name: 'ix_tasks_dst', columns: ['dstImageId', 'active'] },
  ],
});
