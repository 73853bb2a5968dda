// Tables of local desktops: what each host has of them now, by which report, and every run that was reported.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { LocalDesktopRow, LocalReportRow, LocalUseRow } from '../interface.ts';

export const localDesktops = (c: Columns) => new EntitySchema<LocalDesktopRow>({
  name: 'local_desktops',
  columns: {
    hostId: c.text(40, { primary: true }), insId: c.text(20, { primary: true }), state: c.text(16), synced: c.int({ nullable: true }), syncing: c.int({ nullable: true }), madeFrom: c.int({ nullable: true }),
    user: c.text(64, { nullable: true }), startedAt: c.big({ nullable: true }), epoch: c.int(), seq: c.big(), at: c.big(),
  },
  indices: [{ name: 'ix_local_desktops_instance', columns: ['insId'] }],
});

export const localReports = (c: Columns) => new EntitySchema<LocalReportRow>({
  name: 'local_reports',
  columns: { hostId: c.text(40, { primary: true }), epoch: c.int(), seq: c.big() },
});

export const localUses = (c: Columns) => new EntitySchema<LocalUseRow>({
  name: 'local_uses',
  columns: {
    id: c.text(40, { primary: true }), hostId: c.text(40), insId: c.text(20), name: c.text(128), user: c.text(64, { nullable: true }), version: c.int(),
    startedAt: c.big(), stoppedAt: c.big({ nullable: true }), how: c.text(20, { nullable: true }), createdAt: c.big(),
  },
  indices: [
    { name: 'ix_local_uses_page', columns: ['createdAt', 'id'] },
    { name: 'ix_local_uses_instance', columns: ['insId', 'createdAt', 'id'] },
    { name: 'ix_local_uses_host', columns: ['hostId', 'createdAt', 'id'] },
  ],
});
