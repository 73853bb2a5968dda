// How much of a node may be promised in total: its capacity, overcommitted for CPUs, with a reserve for the host itself.
import type { Capacity, HostProperties } from '@educloud/contracts';

export interface LedgerRules { cpuOvercommit: number; memoryReserveMiB: number; diskReserveBytes: number }
export interface Limits { cpus: number; memoryMiB: number; diskBytes: number }

/** @param properties of the node: its own ratios go before those of the cloud */
export const limitsOf = (capacity: Capacity, rules: LedgerRules, properties: Pick<HostProperties, 'cpuOvercommit' | 'memoryOvercommit'> | null): Limits => ({
  cpus: Math.floor(capacity.cpus * (properties?.cpuOvercommit ?? rules.cpuOvercommit)),
  memoryMiB: Math.floor(Math.max(0, capacity.memoryMiB - rules.memoryReserveMiB) * (properties?.memoryOvercommit ?? 1)),
  // Claims keep their whole size while the disks behind them grow: what those have taken must not count twice.
  diskBytes: Math.max(0, (capacity.claimableDiskBytes ?? capacity.freeDiskBytes) - rules.diskReserveBytes),
});
