// What a host says of itself when it is asked (`host/pull`): all of it at one moment, instead of what its beats and statuses told bit by bit.
import { z } from 'zod';
import { DaemonFacts } from './registration.ts';
import { WireError } from './statuses.ts';

/** More are counted, not named: an answer has to fit into a message. */
export const SNAPSHOT_ITEMS = 500;

export const HostSnapshot = z.object({
  /** Epoch ms by the clock of the cloud. */
  at: z.number().int(),
  facts: DaemonFacts,
  load: z.object({ load1: z.number().nonnegative(), memoryFreeMiB: z.number().int().nonnegative(), freeDiskBytes: z.number().int().nonnegative() }),
  /** Domains of ours, also those that are off. */
  guests: z.object({ count: z.number().int(), items: z.array(z.object({ name: z.string().max(120), state: z.string().max(40) })).max(SNAPSHOT_ITEMS) }),
  /** Folders of instances, with what their files have taken. */
  disks: z.object({ count: z.number().int(), bytes: z.number().int(), items: z.array(z.object({ name: z.string().max(120), bytes: z.number().int() })).max(SNAPSHOT_ITEMS) }),
  /** Image versions in its cache. */
  images: z.object({ count: z.number().int(), items: z.array(z.object({ name: z.string().max(120), complete: z.boolean() })).max(SNAPSHOT_ITEMS) }),
});
export type HostSnapshot = z.infer<typeof HostSnapshot>;

/** GET /clc/api/1.0/nodes/{id}/pull: what became of the last time it was asked. */
export const HostPullView = z.object({
  state: z.enum(['never', 'asked', 'came', 'failed']),
  askedAt: z.number().int().nullable(), endedAt: z.number().int().nullable(),
  error: WireError.nullable(), came: HostSnapshot.nullable(),
});
export type HostPullView = z.infer<typeof HostPullView>;
