// What goes up: NC → CC → CLC. `taskstatus` answers a command; `insstatus` tells what guests do; `nodestatus` what the daemon is.
import { z } from 'zod';
import type { Envelope } from './envelope.ts';
import { DaemonFacts } from './registration.ts';
import { GuestLoad } from './guest-load.ts';
import { VmStatus } from './phases.ts';
import { Said } from './words/said.ts';

export const WireError = z.object({
  code: z.string().max(60),
  message: z.string().max(4000),
  /** The message as code and parameters, for readers of any language. */
  why: Said.optional(),
  /** What to do, where it is known better than the table of errors does. */
  todo: Said.optional(),
  retryable: z.boolean(),
  /** What a program may need: field, where, missingBytes, kept, keptUntil, reasons, … */
  data: z.record(z.string(), z.unknown()).optional(),
});
export type WireError = z.infer<typeof WireError>;

export const TaskStatus = z.object({
  jobId: z.string(),
  op: z.enum(['do', 'undo']),
  attempt: z.number().int().nonnegative(),
  outcome: z.enum(['progress', 'done', 'failed']),
  /** 0–100 of this job alone. */
  percent: z.number().int().min(0).max(100).default(0),
  /** Bytes moved and to move, for the text beside the bar. */
  bytes: z.object({ done: z.number().int(), total: z.number().int() }).optional(),
  /** e.g. `walrus→cc` while a cut-through fill is the slower half. */
  note: z.string().max(500).optional(),
  result: z.unknown().optional(),
  error: WireError.optional(),
});
export type TaskStatus = z.infer<typeof TaskStatus>;

export const InstanceStatus = z.object({
  /** True: this is everything there is on the node; what is missing here does not run there. */
  full: z.boolean(),
  instances: z.array(z.object({
    insId: z.string(),
    vmstatus: VmStatus,
    /** started, shutdown (by itself), acpi, agent, forced, crashed, failed, lost, io-error (runs, but paused: the host's disk is full), resumed */
    reason: z.string().max(200).default(''),
    hasDisk: z.boolean().default(true),
    /** Somebody has its screen or console open, or had a moment ago. Absent: not said. */
    watched: z.boolean().optional(),
    load: GuestLoad.optional(),
  })).max(5000),
  /** Under work on the node: nothing is said about them, neither that they run nor that they do not. */
  busy: z.array(z.string()).default([]),
});
export type InstanceStatus = z.infer<typeof InstanceStatus>;

export const NodeStatus = z.object({ facts: DaemonFacts });
export type NodeStatus = z.infer<typeof NodeStatus>;

/** Walrus → CLC after an upload was received and inspected, or refused. */
export const ImageStatus = z.object({
  imageId: z.string(), version: z.number().int().positive(),
  outcome: z.enum(['available', 'refused', 'deleted']),
  sha256: z.string().nullable().default(null), sizeBytes: z.number().int().nullable().default(null), virtualSizeBytes: z.number().int().nullable().default(null),
  format: z.enum(['qcow2', 'raw', 'iso']).nullable().default(null),
  tid: z.string().nullable().default(null),
  error: WireError.optional(),
});
export type ImageStatus = z.infer<typeof ImageStatus>;

/** Names of statuses as they stand in an envelope. */
export const STATUS_NAMES = ['taskstatus', 'insstatus', 'nodestatus', 'imagestatus', 'inventory', 'lvdreport', 'heartbeat'] as const;
export type StatusName = (typeof STATUS_NAMES)[number];

/**
 * In which lane of a queue a status travels. What a source says of one instance keeps its order; what it says of two goes side by side;
 * what it says of itself or of all its instances keeps its order with everything it says.
 */
export function statusLane(envelope: Pick<Envelope, 'name' | 'source' | 'tid' | 'body'>): string {
  const source = envelope.source?.node ?? '';
  const instance = envelope.name === 'taskstatus' ? envelope.tid?.split(':')[2] : envelope.name === 'insstatus' ? onlyInstance(envelope.body) : undefined;
  return instance ? `${source}/${instance}` : source;
}

function onlyInstance(body: unknown): string | undefined {
  const { full, instances } = (body ?? {}) as Partial<InstanceStatus>;
  return full === false && Array.isArray(instances) && instances.length === 1 ? instances[0]?.insId : undefined;
}
