// How busy guests were between two looks at their counters. Asked by status/instances at each inventory.
import type { GuestLoad } from '@educloud/contracts';
import type { GuestCounters } from '../drivers/hypervisor/interface.ts';

/** Looks that follow each other faster measure chance; the one before counts on. */
const LEAST_MS = 2_000;

export interface LoadMeter {
  /** Of each guest that was looked at twice. */
  look(): Promise<Map<string, GuestLoad>>;
}

export function createLoadMeter(deps: { counters(): Promise<GuestCounters[]>; monotonic(): number }): LoadMeter {
  let before = new Map<string, GuestCounters>();
  let lookedAt = -Infinity;
  let loads = new Map<string, GuestLoad>();
  return {
    async look() {
      if (deps.monotonic() - lookedAt < LEAST_MS) return loads;
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
