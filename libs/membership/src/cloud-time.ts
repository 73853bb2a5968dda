// What time it is for deadlines and tickets, which are written by the CLC's clock: a host's own clock may be ahead, and so may have been that of
// the CLC when it told us. What is refused as too late is lost, what is taken too late harms nobody (the CLC has its own deadline), so the
// earlier of the two counts.
export interface CloudTime {
  /** Epoch ms: the earlier of our own clock and that of the CLC. */
  now(): number;
  /** The CLC has just said what time it is: at each registration. Counted on from there without the host's clock. */
  set(nowMs: number): void;
}

export function createCloudTime(ownNow: () => number, monotonic: () => number = () => performance.now()): CloudTime {
  let told: { nowMs: number; at: number } | null = null;
  return {
    now: () => (told ? Math.min(ownNow(), Math.round(told.nowMs + monotonic() - told.at)) : ownNow()),
    set(nowMs) {
      told = { nowMs, at: monotonic() };
    },
  };
}
