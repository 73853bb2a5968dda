// The one authorisation point of Walrus: tickets of the CLC, nothing else.
import type { IncomingMessage } from 'node:http';
import { CloudError } from '@educloud/errors';
import type { Need } from '@educloud/contracts';
import type { Caller } from '@educloud/rest';
import type { TicketVerifier } from '@educloud/tickets';

export function createAuthorise(verifier: TicketVerifier): (need: Need, request: IncomingMessage) => Promise<Caller> {
  return async (need, request) => {
    if (need === 'nobody') return { kind: 'nobody' };
    if (need !== 'ticket') throw new CloudError('FORBIDDEN', 'the image store knows only tickets');
    const token = /^Bearer ([\w.-]+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw new CloudError('TICKET_INVALID', 'a ticket is needed: Authorization: Bearer <ticket>');
    return { kind: 'ticket', claims: verifier.verifyAny(token) };
  };
}
