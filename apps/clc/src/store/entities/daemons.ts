// Tables of the daemons that registered and of the tokens with which they may.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { DaemonRow, JoinTokenRow } from '../interface.ts';

export const daemons = (c: Columns) => new EntitySchema<DaemonRow>({
  name: 'daemons',
  columns: {
    id: c.text(40, { primary: true }), role: c.text(16), name: c.text(64), url: c.text(300), secretHash: c.text(255), epoch: c.int(), state: c.text(16), enabled: c.flag(),
    ccId: c.text(40, { nullable: true }), facts: c.json(), lastBeatAt: c.big({ nullable: true }), registeredAt: c.big(), createdAt: c.big(),
    fencedEpoch: c.int({ nullable: true }), draining: c.flag({ default: 0 }), properties: c.json({ nullable: true }), heartbeatMs: c.int({ nullable: true }), ownerGroup: c.text(200, { nullable: true }), mac: c.text(17, { nullable: true }),
  },
  indices: [{ name: 'uq_daemons_role_name', columns: ['role', 'name'], unique: true }, { name: 'ix_daemons_cc', columns: ['ccId'] }],
});

export const joinTokens = (c: Columns) => new EntitySchema<JoinTokenRow>({
  name: 'join_tokens',
  columns: {
    hash: c.text(128, { primary: true }), role: c.text(16), name: c.text(64, { nullable: true }), expiresAt: c.big(),
    usedAt: c.big({ nullable: true }), usedBy: c.text(64, { nullable: true }), createdBy: c.text(64), createdAt: c.big(),
  },
});
