// What time it is for the cloud: deadlines and tickets are written by the CLC's clock, and a host's own clock may be wrong. Set at each
// registration, counted on from there without the host's clock.
export interface CloudTime {
  /** Epoch ms by the clock of the CLC; by our own before the first registration. */
  now(): number;
  /** The CLC has just said what time it is. */
  set(nowMs: number): void;
}

export function createCloudTime(ownNow: () => number, monotonic: () => number = () => performance.now()): CloudTime {
  let told: { nowMs: number; at: number } | null = null;
  return {
    now: () => (told ? Math.round(told.nowMs + monotonic() - told.at) : ownNow()),
    set(nowMs) {
      told = { nowMs, at: monotonic() };
    },
  };
}
