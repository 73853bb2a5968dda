// Tables of several cloud controllers: who leads (one row, see ../lease-store.ts), and which one-use tickets were taken.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';

export interface LeaseColumns { name: string; holder: string | null; epoch: number; since: number; expiresAt: number }
export const leases = (c: Columns) => new EntitySchema<LeaseColumns>({
  name: 'leases',
  columns: { name: c.text(32, { primary: true }), holder: c.text(64, { nullable: true }), epoch: c.int(), since: c.big(), expiresAt: c.big() },
});

export interface UsedTicket { nonce: string; expiresAt: number }
export const usedTickets = (c: Columns) => new EntitySchema<UsedTicket>({
  name: 'used_tickets',
  columns: { nonce: c.text(64, { primary: true }), expiresAt: c.big() },
  indices: [{ name: 'ix_used_tickets_expires', columns: ['expiresAt'] }],
});
