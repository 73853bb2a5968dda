// The table of what people defined, 1:1 with the instances of purpose `run`. `status` repeats statusOf(vmState, taskState) for lists.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { UserInstanceRow } from '../interface.ts';
import { said } from './said-column.ts';

export const userInstances = (c: Columns) => new EntitySchema<UserInstanceRow & { status: string }>({
  name: 'user_instances',
  columns: {
    id: c.text(20, { primary: true }), name: c.text(128), description: c.longText(), owner: c.text(64), kind: c.text(16), lifetime: c.text(16), imageId: c.text(20),
    pinnedVersion: c.int({ nullable: true }), madeFrom: c.int({ nullable: true }), ostype: c.text(32), vmType: c.text(32, { nullable: true }), memoryMiB: c.int(), cpus: c.int(), diskBytes: c.big(), definition: c.json(), autoStop: c.json({ nullable: true }), autoStopAt: c.big({ nullable: true }), extendedUntil: c.big({ nullable: true }), idleSince: c.big({ nullable: true }), idleSeenAt: c.big({ nullable: true }),
    vmState: c.text(16), taskState: c.text(16, { nullable: true }), progress: c.int(), message: { ...c.longText(), transformer: said }, error: c.json({ nullable: true }),
    failedAction: c.text(16, { nullable: true }), kept: c.json({ nullable: true }), placement: c.json({ nullable: true }), network: c.json({ nullable: true }),
    rev: c.int(), createdAt: c.big(), updatedAt: c.big(), startedAt: c.big({ nullable: true }), deletedAt: c.big({ nullable: true }), status: c.text(16, { select: false }),
  },
  indices: [
    { name: 'ix_user_instances_page', columns: ['createdAt', 'id'] },
    { name: 'ix_user_instances_owner', columns: ['owner', 'createdAt', 'id'] },
    { name: 'ix_user_instances_name', columns: ['name', 'createdAt', 'id'] },
    { name: 'ix_user_instances_status', columns: ['status', 'createdAt', 'id'] },
    { name: 'ix_user_instances_image', columns: ['imageId', 'deletedAt'] },
    { name: 'ix_user_instances_of_image', columns: ['imageId', 'createdAt', 'id'] },
    { name: 'ix_user_instances_kind', columns: ['kind', 'createdAt', 'id'] },
  ],
});
