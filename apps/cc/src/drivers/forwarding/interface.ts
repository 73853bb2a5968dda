// What the CC needs to lead people to guests. One ensure: what is asked for is true afterwards, what is not asked for is gone.
import type { Said } from '@educloud/contracts';

export interface Redirect {
  id: string;
  protocol: 'tcp' | 'udp';
  /** null: every address of this host but the public ones of guests. */
  listenIp: string | null;
  listenPort: number;
  toIp: string;
  toPort: number;
  /** The target sees this host as the sender: it may know no way back to the person. */
  hidden: boolean;
}
/** A public address that this host answers for. What the guest sends goes out under it. */
export interface Alias { id: string; publicIp: string; privateIp: string }

export interface ForwardingWanted {
  redirects: readonly Redirect[];
  aliases: readonly Alias[];
  /** The network of the guests behind this host, by addresses that are given to guests alone. */
  guests: {
    cidr: string; from: string; to: string;
    /** This host is their way out: from outside only what is redirected gets to them, and they go out under its address. */
    gateway: boolean;
  } | null;
}

export interface ForwardingOutcome {
  changed: number;
  /** By id of the redirect or alias. The others are true. */
  refused: Map<string, Said>;
}

export interface Forwarding {
  /** Why nothing can be forwarded here; null when it can. */
  unusable(): Promise<Said | null>;
  /** `look`: trust nothing remembered. Nothing wanted: nothing of ours is left. @throws NETWORK_UNAVAILABLE */
  apply(wanted: ForwardingWanted, options: { look: boolean }): Promise<ForwardingOutcome>;
}

export const wantsNothing = (wanted: ForwardingWanted): boolean => wanted.redirects.length === 0 && wanted.aliases.length === 0 && wanted.guests === null;
