// The proof in a message between a node and its cluster controller: nodes share the broker account of their cluster, so the name in a message
// proves nothing. Both sides have a key that follows from the node's secret; nobody else on that broker has it. See docs/design/0002.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';

/** @param secretHash sha256 of the node's secret in hex: what the CLC keeps. It does not let anybody register. */
export const messageKeyOfHash = (secretHash: string): string => createHmac('sha256', secretHash).update('educloud message key 1').digest('base64url');
export const messageKeyOfSecret = (secret: string): string => messageKeyOfHash(createHash('sha256').update(secret).digest('hex'));

/** All but the trail, to which each daemon on the way adds itself. Written again from what was read, it is the same text. */
function proofOf({ id, name, tid, jobId, target, source, generation, seq, deadline, body }: Envelope, key: string): Buffer {
  const said = [id, name, tid, jobId, target?.node ?? null, target?.epoch ?? null, source?.node ?? null, source?.epoch ?? null, generation, seq, deadline, body ?? null];
  return createHmac('sha256', key).update(JSON.stringify(said)).digest();
}

export const seal = (envelope: Envelope, key: string): Envelope => ({ ...envelope, mac: proofOf(envelope, key).toString('base64url') });

/** @throws MESSAGE_UNPROVEN it was not written, or not like this, by who has the key */
export function requireSeal(envelope: Envelope, key: string): void {
  const given = Buffer.from(envelope.mac ?? '', 'base64url');
  let right: Buffer | null = null;
  try {
    right = proofOf(envelope, key);
  } catch {
    // nested deeper than any stack: read, but cannot be written again
  }
  if (right && given.length === right.length && timingSafeEqual(given, right)) return;
  const who = envelope.source ? `from ${envelope.source.node}` : `to ${envelope.target?.node ?? 'nobody'}`;
  throw new CloudError('MESSAGE_UNPROVEN', `${envelope.name} ${envelope.id} ${who} ${given.length === 0 ? 'carries no proof' : 'carries a wrong proof'} of who wrote it`);
}
