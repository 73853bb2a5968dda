// One-use tickets that were used, for all controllers alike.
import type { TicketStore } from './interface.ts';
import { insertUnlessThere, type Session } from './session.ts';

export function ticketStore(session: Session): TicketStore {
  const { sql, tables: { usedTickets } } = session;
  return {
    useTicket: (nonce, expiresAt) => insertUnlessThere(session, usedTickets.insert({ nonce, expiresAt })),
    deleteOldTickets: (before) => sql.run('DELETE FROM used_tickets WHERE expiresAt < ?', [before]),
  };
}
