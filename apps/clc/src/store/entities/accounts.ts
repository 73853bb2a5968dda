// Tables of people: users, their sessions, and the answers kept for an Idempotency-Key.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { IdempotencyRow, SessionRow, UserRow } from '../interface.ts';

export const users = (c: Columns) => new EntitySchema<UserRow>({
  name: 'users',
  columns: { name: c.text(64, { primary: true }), role: c.text(16), passwordHash: c.text(255), createdAt: c.big(), disabled: c.flag() },
});

export const sessions = (c: Columns) => new EntitySchema<SessionRow>({
  name: 'sessions',
  columns: { idHash: c.text(128, { primary: true }), user: c.text(64), csrfHash: c.text(128), createdAt: c.big(), expiresAt: c.big() },
  indices: [{ name: 'ix_sessions_user', columns: ['user'] }, { name: 'ix_sessions_expires', columns: ['expiresAt'] }],
});

export const idempotencyKeys = (c: Columns) => new EntitySchema<IdempotencyRow>({
  name: 'idempotency_keys',
  columns: {
    user: c.text(64, { primary: true }), key: c.text(255, { primary: true }), requestHash: c.text(128), status: c.int(),
    location: c.text(1000, { nullable: true }), body: c.json({ nullable: true }), createdAt: c.big(),
  },
  indices: [{ name: 'ix_idempotency_created', columns: ['createdAt'] }],
});
