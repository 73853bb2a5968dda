// What a signed ticket may allow. The CLC signs (Ed25519); Walrus, CC and NC verify offline with the CLC's public key.
import { z } from 'zod';
import { ConsoleChannel, SerialTail } from './serial-console.ts';

export const UploadTicket = z.object({
  action: z.literal('image/upload'),
  imageId: z.string(), version: z.number().int().positive(),
  /** Exactly this many bytes. */
  sizeBytes: z.number().int().positive(),
  /** Expected hash, when the sender knew it beforehand. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
  format: z.enum(['qcow2', 'raw', 'iso']),
  maxVirtualBytes: z.number().int().positive(),
  /** The task it belongs to; null for a person's upload. */
  tid: z.string().nullable(),
});
export const DownloadTicket = z.object({ action: z.literal('image/download'), imageId: z.string(), version: z.number().int().positive() });
/** Opens the screen or the serial console of one guest once. `tail`: how many lines of its log come before what it says from then on. A CLC from before there were serial consoles says nothing of either: the screen. */
export const ConsoleTicket = z.object({ action: z.literal('console'), channel: ConsoleChannel.default('vnc'), tail: SerialTail.default(0), insId: z.string(), ncId: z.string(), ncUrl: z.string(), epoch: z.number().int(), nonce: z.string() });
/** A host may run a local desktop until `validUntil` (epoch ms), also while nobody can be reached. `asked`: the request it answers, so that the host knows an answer of just now. */
export const LeaseTicket = z.object({ action: z.literal('lvd/run'), hostId: z.string(), insId: z.string(), rev: z.number().int(), imageId: z.string(), asked: z.string(), issuedAt: z.number().int(), validUntil: z.number().int() });
/** One small picture of a guest's screen. */
export const ScreenshotTicket = z.object({ action: z.literal('screenshot'), insId: z.string(), ncId: z.string(), epoch: z.number().int(), nonce: z.string() });
/** The last lines of what a guest said on its serial port. */
export const SerialLogTicket = z.object({ action: z.literal('serial-log'), tail: SerialTail, insId: z.string(), ncId: z.string(), epoch: z.number().int(), nonce: z.string() });
/** The CLC itself asks its CC something (ranking). */
export const ClusterTicket = z.object({ action: z.literal('cluster/call'), ccId: z.string() });

export const TicketClaims = z.discriminatedUnion('action', [UploadTicket, DownloadTicket, ConsoleTicket, ClusterTicket, LeaseTicket, ScreenshotTicket, SerialLogTicket]);
export type TicketClaims = z.infer<typeof TicketClaims>;
export type UploadTicket = z.infer<typeof UploadTicket>;
export type DownloadTicket = z.infer<typeof DownloadTicket>;
export type ScreenshotTicket = z.infer<typeof ScreenshotTicket>;
export type SerialLogTicket = z.infer<typeof SerialLogTicket>;
export type ConsoleTicket = z.infer<typeof ConsoleTicket>;
export type ClusterTicket = z.infer<typeof ClusterTicket>;
export type LeaseTicket = z.infer<typeof LeaseTicket>;
