// How busy guests were between two looks at their counters. Asked by status/instances at each inventory.
import type { GuestLoad } from '@educloud/contracts';
import type { GuestCounters } from '../drivers/hypervisor/interface.ts';

/** Looks that follow each other faster measure chance: one minute of typing, or none. What was measured last is told until then. */
const LEAST_MS = 30_000;

export interface LoadMeter {
  /** Of each guest that was looked at twice. */
  look(): Promise<Map<string, GuestLoad>>;
}

export function createLoadMeter(deps: {
  counters(): Promise<GuestCounters[]>;
  monotonic(): number;
  /** Between two inventories; where they follow each other faster, so do the measurements. */
  inventoryMs(): number;
}): LoadMeter {
  let before = new Map<string, GuestCounters>();
  let lookedAt = -Infinity;
  let loads = new Map<string, GuestLoad>();
  let looking: Promise<Map<string, GuestLoad>> | null = null;

  async function measure(): Promise<Map<string, GuestLoad>> {
    if (deps.monotonic() - lookedAt < Math.min(LEAST_MS, deps.inventoryMs() / 2)) return loads;
    const now = new Map((await deps.counters()).map((one) => [one.insId, one]));
    const at = deps.monotonic();
    const seconds = (at - lookedAt) / 1000;
    const seen = before;
    loads = new Map([...now].flatMap(([id, one]) => {
      const last = seen.get(id);
      // A restart of the guest began its counts anew.
      return last && last.cpuNs <= one.cpuNs ? [[id, loadBetween(last, one, seconds)]] : [];
    }));
    [before, lookedAt] = [now, at];
    return loads;
  }

  return {
    look() {
      // Inventories overlap: of two looks at once the second would measure the milliseconds since the first.
      looking ??= measure().finally(() => { looking = null; });
      return looking;
    },
  };
}

function loadBetween(last: GuestCounters, now: GuestCounters, seconds: number): GuestLoad {
  const perSecond = (from: number, to: number): number => Math.max(0, Math.round((to - from) / seconds));
  const orNull = (from: number | null, to: number | null): number | null => (from === null || to === null ? null : perSecond(from, to));
  const percent = (now.cpuNs - last.cpuNs) / (seconds * 1e9 * Math.max(1, now.cpus)) * 100;
  return {
    cpuPercent: Math.min(100, Math.round(percent * 10) / 10), memoryMiB: now.memoryMiB,
    diskReadBps: perSecond(last.diskReadBytes, now.diskReadBytes), diskWrittenBps: perSecond(last.diskWrittenBytes, now.diskWrittenBytes),
    netInBps: orNull(last.netInBytes, now.netInBytes), netOutBps: orNull(last.netOutBytes, now.netOutBytes),
  };
}
