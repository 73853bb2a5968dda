// Makes tickets. Only the CLC does, with the private half of its key.
import { createPrivateKey, sign as signBytes } from 'node:crypto';
import { TicketClaims } from '@educloud/contracts';

export interface TicketSigner {
  /** `base64url(payload).base64url(signature)`; the payload is the claims and `exp`, epoch ms. */
  sign(claims: TicketClaims, ttlMs: number): string;
}

export function createTicketSigner(options: { privateKeyPem: string; now: () => number }): TicketSigner {
  const key = createPrivateKey(options.privateKeyPem);
  return {
    sign(claims, ttlMs) {
      const payload = Buffer.from(JSON.stringify({ ...TicketClaims.parse(claims), exp: options.now() + ttlMs }));
      return `${payload.toString('base64url')}.${signBytes(null, payload, key).toString('base64url')}`;
    },
  };
}
