// May this host start that desktop now? Judged by the lease alone, offline. Used by the start of a local desktop and by what the door shows.
import { say, type LeaseTicket, type LocalOffer } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { createTicketVerifier } from '@educloud/tickets';

export interface Leases {
  /** What the lease of an offer says; null = it is none for this host. */
  read(offer: LocalOffer): LeaseTicket | null;
  /** @throws LEASE_EXPIRED, NOT_OFFERED */
  require(offer: LocalOffer): void;
}

export interface LeaseDeps {
  /** Of the CLC, as it was told at a registration; kept over restarts. */
  publicKeyPem(): string | null;
  hostId(): string | null;
  now(): number;
  /** For what is said: the address of the CC, and how often it is asked. */
  ccUrl: string;
  askSeconds: number;
}

export function createLeases(deps: LeaseDeps): Leases {
  // When it ends stands in it and is judged here, so that it can be told from a forged one.
  const verifier = createTicketVerifier({ publicKeyPem: deps.publicKeyPem, now: () => 0 });
  function read({ id, image, lease }: LocalOffer): LeaseTicket | null {
    try {
      const claims = verifier.verify(lease, 'lvd/run');
      return claims.hostId === deps.hostId() && claims.insId === id && claims.imageId === image.imageId ? claims : null;
    } catch {
      return null;
    }
  }
  return {
    read,
    require(offer) {
      const lease = read(offer);
      if (!lease) throw new CloudError('NOT_OFFERED', say('localLeaseWrong', { name: offer.name }));
      if (deps.now() >= lease.validUntil) {
        throw new CloudError('LEASE_EXPIRED', say('localLeaseOver', { name: offer.name, until: lease.validUntil }), { data: { validUntil: lease.validUntil }, todo: say('localLeaseOverTodo', { cc: deps.ccUrl, minutes: Math.ceil(deps.askSeconds / 60) }) });
      }
    },
  };
}
