// Tables of the event stream: the events, and the one row that gives out their numbers (see ../event-store.ts for why).
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { EventRow } from '../interface.ts';

export const events = (c: Columns) => new EntitySchema<EventRow>({
  name: 'events',
  columns: { id: c.big({ primary: true }), kind: c.text(16), subject: c.text(64), payload: c.json({ nullable: true }), at: c.big() },
  indices: [{ name: 'ix_events_at', columns: ['at'] }],
});

export interface EventHead { name: string; lastId: number }
export const eventHead = (c: Columns) => new EntitySchema<EventHead>({
  name: 'event_head',
  columns: { name: c.text(16, { primary: true }), lastId: c.big() },
});
