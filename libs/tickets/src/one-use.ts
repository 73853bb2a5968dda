// What makes a signed ticket good for one use: its nonce is remembered for longer than any ticket lives. Used by both ends of a console's way.
import { CloudError } from '@educloud/errors';

const REMEMBERED_MS = 120_000;

/** @returns takes a nonce; the second time it throws TICKET_INVALID. In memory: after a restart the ticket's short life is what is left. */
export function createOneUse(now: () => number): (nonce: string) => void {
  const used = new Map<string, number>();
  return (nonce) => {
    const at = now();
    for (const [old, since] of used) if (at - since > REMEMBERED_MS) used.delete(old);
    if (used.has(nonce)) throw new CloudError('TICKET_INVALID', 'this ticket was used already');
    used.set(nonce, at);
  };
}
