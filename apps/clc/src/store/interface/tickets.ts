// Tickets that were used once. Part of ../interface.

/** For all controllers alike, until a ticket is too old to be shown anyhow. */
export interface TicketStore {
  /** False: it was used before. */
  useTicket(nonce: string, expiresAt: number): Promise<boolean>;
  /** Returns how many. */
  deleteOldTickets(before: number): Promise<number>;
}
