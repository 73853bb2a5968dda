// How busy a guest is, as its node saw it between two looks. In `insstatus`, and shown with the instance.
import { z } from 'zod';

const bytesPerSecond = z.number().int().nonnegative();

export const GuestLoad = z.object({
  /** Of all its processors together, 0-100. */
  cpuPercent: z.number().min(0).max(100),
  /** What it takes of its node's memory. */
  memoryMiB: z.number().int().nonnegative(),
  diskReadBps: bytesPerSecond, diskWrittenBps: bytesPerSecond,
  /** Null: its cards are on QEMU's own network, which counts nothing. */
  netInBps: bytesPerSecond.nullable().default(null), netOutBps: bytesPerSecond.nullable().default(null),
});
export type GuestLoad = z.infer<typeof GuestLoad>;
