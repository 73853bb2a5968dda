// DHCP that only remembers. Never chosen by itself.
import type { Dhcp, DhcpWanted } from './interface.ts';

export interface FakeDhcp extends Dhcp {
  now(): DhcpWanted | null;
}

export function createFakeDhcp(): FakeDhcp {
  let state: DhcpWanted | null = null;
  return {
    async apply(wanted) {
      const changed = JSON.stringify(wanted) === JSON.stringify(state) ? 0 : 1;
      state = wanted;
      return changed;
    },
    close: async () => undefined,
    now: () => state,
  };
}
