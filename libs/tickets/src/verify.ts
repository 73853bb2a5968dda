// Checks tickets offline. Used by the authorisation point of Walrus, CC and NC.
import { createPublicKey, verify as verifyBytes, type KeyObject } from 'node:crypto';
import { TicketClaims } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { z } from 'zod';

/** Longer than any ticket we make; keeps the work on a forged one small. */
const MAX_TICKET_CHARS = 4096;
/** Of tickets that come again and again: a signature costs more than the rest of a request. */
const REMEMBERED = 200;
const PART = /^[A-Za-z0-9_-]+$/;
const Expiry = z.object({ exp: z.number().int() });

export type ClaimsOf<A extends TicketClaims['action']> = Extract<TicketClaims, { action: A }>;

export interface TicketVerifier {
  /** @throws TICKET_INVALID malformed, forged, expired, or for another action. */
  verify<A extends TicketClaims['action']>(token: string, action: A): ClaimsOf<A>;
  /** Any action; the caller looks at it. @throws TICKET_INVALID */
  verifyAny(token: string): TicketClaims;
}

const invalid = (why: string): CloudError => new CloudError('TICKET_INVALID', `the ticket ${why}`);

/** `publicKeyPem` is a function: the key arrives with the registration, and may change with a later one. Null: not registered yet. */
export function createTicketVerifier(options: { publicKeyPem: () => string | null; now: () => number }): TicketVerifier {
  let known: { pem: string; key: KeyObject } | null = null;
  const keyNow = (): KeyObject => {
    const pem = options.publicKeyPem();
    if (!pem) throw new CloudError('NOT_READY', 'tickets cannot be checked before this daemon has registered');
    if (known?.pem !== pem) known = { pem, key: createPublicKey(pem) };
    return known.key;
  };

  /** Found to be right under this key: only its time may have run out since. */
  const right = new Map<string, { key: KeyObject; claims: TicketClaims; exp: number }>();

  function verifyAny(token: string): TicketClaims {
    const key = keyNow();
    const there = right.get(token);
    if (there && there.key === key) {
      if (there.exp <= options.now()) throw invalid('has expired');
      return there.claims;
    }
    const parts = token.length <= MAX_TICKET_CHARS ? token.split('.') : [];
    const [head, tail] = parts;
    if (parts.length !== 2 || !head || !tail || !PART.test(head) || !PART.test(tail)) throw invalid('is malformed');
    const payload = Buffer.from(head, 'base64url');
    const signature = Buffer.from(tail, 'base64url');
    // base64url lets the last character vary without changing the bytes: only the canonical form is a ticket.
    if (payload.toString('base64url') !== head || signature.toString('base64url') !== tail) throw invalid('is malformed');
    if (signature.length !== 64 || !verifyBytes(null, payload, key, signature)) throw invalid('is not signed by our cloud');
    let json: unknown;
    try { json = JSON.parse(payload.toString('utf8')); } catch { throw invalid('is malformed'); }
    const expiry = Expiry.safeParse(json);
    const claims = TicketClaims.safeParse(json);
    if (!expiry.success || !claims.success) throw invalid('is of an unknown kind');
    if (expiry.data.exp <= options.now()) throw invalid('has expired');
    if (right.size >= REMEMBERED) right.delete(right.keys().next().value as string);
    right.set(token, { key, claims: claims.data, exp: expiry.data.exp });
    return claims.data;
  }

  return {
    verifyAny,
    verify(token, action) {
      const claims = verifyAny(token);
      if (claims.action !== action) throw invalid(`is for ${claims.action}, not for ${action}`);
      return claims as ClaimsOf<typeof action>;
    },
  };
}
