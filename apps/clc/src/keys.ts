// Keys the CLC makes once and keeps in its database: for signing tickets and for CSRF tokens.
import { createPublicKey, randomBytes } from 'node:crypto';
import { generateKeys } from '@educloud/tickets';
import type { Store } from './store/interface.ts';

export interface Keys {
  ticketPrivatePem: string;
  ticketPublicPem: string;
  sessionKey: string;
}

export async function loadKeys(store: Store): Promise<Keys> {
  const { settings } = store.read;
  const stored = await settings.get('ticket-signing-key');
  const ticketPrivatePem = stored ?? (await settings.getOrInsert('ticket-signing-key', generateKeys().privateKeyPem));
  const ticketPublicPem = createPublicKey(ticketPrivatePem).export({ type: 'spki', format: 'pem' }).toString();
  const sessionKey = (await settings.get('session-key')) ?? (await settings.getOrInsert('session-key', randomBytes(32).toString('base64url')));
  return { ticketPrivatePem, ticketPublicPem, sessionKey };
}
