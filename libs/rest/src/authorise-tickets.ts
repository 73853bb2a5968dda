// The authorisation point of a daemon nobody logs in to (Walrus, CC, NC): tickets signed by the CLC, nothing else. Default is no.
import type { TicketClaims } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { RestOptions } from './interface.ts';

/**
 * @param verifier refuses what is forged, expired or malformed; the route looks at what the ticket is for
 * @param options.join the daemon takes registrations: their token or secret is in the body, and the CLC checks it
 */
export function authoriseTickets(verifier: { verifyAny(token: string): TicketClaims }, options: { join?: boolean } = {}): RestOptions['authorise'] {
  return async (need, request) => {
    if (need === 'nobody' || (need === 'join' && options.join)) return { kind: 'nobody' };
    if (need !== 'ticket') throw new CloudError('FORBIDDEN', 'this daemon knows only tickets of the CLC');
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw new CloudError('TICKET_INVALID', 'a ticket of the CLC is needed: Authorization: Bearer <ticket>');
    return { kind: 'ticket', claims: verifier.verifyAny(token) };
  };
}
