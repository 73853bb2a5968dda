// What the NC needs so that a bridged card sends only what it may: its own MAC and IPv4 address. One ensure.
import type { Said } from '@educloud/contracts';

/** A tap of a guest on a bridge of this node, and the one address it may use. */
export interface TapGuard { tap: string; mac: string; ip: string }

export interface Taps {
  /** Bridges of this host. */
  bridges(): Promise<string[]>;
  /** Why no card can be guarded here; null when it can. */
  unusable(): Promise<Said | null>;
  /** Exactly these are guarded; a tap need not exist yet. Returns how much was changed. `look`: trust nothing remembered. @throws NETWORK_UNAVAILABLE */
  keep(guards: readonly TapGuard[], options: { look: boolean }): Promise<number>;
}
