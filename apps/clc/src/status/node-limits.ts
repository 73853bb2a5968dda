// How much of a node may be promised in total: its capacity, overcommitted for CPUs, with a reserve for the host itself.
import type { Capacity } from '@educloud/contracts';

export interface LedgerRules { cpuOvercommit: number; memoryReserveMiB: number; diskReserveBytes: number }
export interface Limits { cpus: number; memoryMiB: number; diskBytes: number }

export const limitsOf = (capacity: Capacity, rules: LedgerRules): Limits => ({
  cpus: Math.floor(capacity.cpus * rules.cpuOvercommit),
  memoryMiB: Math.max(0, capacity.memoryMiB - rules.memoryReserveMiB),
  // Claims keep their whole size while the disks behind them grow: what those have taken must not count twice.
  diskBytes: Math.max(0, (capacity.claimableDiskBytes ?? capacity.freeDiskBytes) - rules.diskReserveBytes),
});
