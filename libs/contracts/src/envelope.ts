// What every message on the bus looks like. Both sides check it; unknown fields are ignored.
import { z } from 'zod';

export const ENVELOPE_VERSION = 1;
/** Larger messages go to the dead-letter queue unread. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

export const Envelope = z.object({
  v: z.literal(ENVELOPE_VERSION),
  /** Stable over redelivery and republishing: the executor's journal is keyed by it. */
  id: z.string().min(1).max(200),
  /** `noun/verb/phase` of a command, or the name of a status. */
  name: z.string().min(1).max(100),
  tid: z.string().max(60).nullable().default(null),
  jobId: z.string().max(120).nullable().default(null),
  /** For commands: the daemon that has to do it and the registration it was addressed to. */
  target: z.object({ node: z.string().max(40), epoch: z.number().int().nonnegative() }).nullable().default(null),
  /** For statuses: who speaks, in which registration. */
  source: z.object({ node: z.string().max(40), epoch: z.number().int().nonnegative() }).nullable().default(null),
  /** Fencing number of the engine that sent the command. */
  generation: z.number().int().nonnegative().default(0),
  /** Order of statuses of one source within one epoch. */
  seq: z.number().int().nonnegative().default(0),
  /** Epoch ms after which a command must not be started any more. */
  deadline: z.number().int().nonnegative().nullable().default(null),
  /** Daemons it passed, oldest first. */
  trail: z.array(z.string().max(40)).max(20).default([]),
  /** Between a node and its CC: the proof of who wrote it, over all but the trail (libs/tickets/src/seal.ts). */
  mac: z.string().max(100).optional(),
  body: z.unknown(),
});
export type Envelope = z.infer<typeof Envelope>;
