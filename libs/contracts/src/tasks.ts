// A task as people and programs see it, its progress in the seed's form, and the events of the stream.
import { z } from 'zod';
import { Phase, Step, TaskState, VmStatus } from './phases.ts';
import { WireError } from './statuses.ts';
import { Said } from './words/said.ts';

export const JobView = z.object({
  name: z.string(), role: z.string(), state: z.enum(['pending', 'running', 'done', 'undoing', 'undone', 'failed', 'stuck']),
  attempt: z.number().int(), startedAt: z.number().int().nullable(), endedAt: z.number().int().nullable(), error: WireError.nullable(),
  /** What the person may want to know of the outcome, e.g. `{how:'acpi'}` of a stop. */
  result: z.unknown().optional(),
});
export const PlanView = z.object({
  seq: z.number().int(), step: z.string(), state: z.enum(['running', 'unwinding', 'done', 'failed', 'cancelled', 'stuck']),
  startedAt: z.number().int(), endedAt: z.number().int().nullable(), error: WireError.nullable(), jobs: z.array(JobView),
});
export type PlanView = z.infer<typeof PlanView>;

/** Why a node was or was not taken. */
export const Candidate = z.object({ ncId: z.string(), name: z.string(), fits: z.boolean(), score: z.number(), reason: z.string(), why: Said.optional() });
export type Candidate = z.infer<typeof Candidate>;
export const Placement = z.object({ clusterId: z.string().nullable(), nodeId: z.string().nullable(), summary: z.string(), why: Said.optional(), candidates: z.array(Candidate), /** Nodes that were looked at in all; absent: those listed. */ fit: z.number().int().optional(), total: z.number().int().optional() });
export type Placement = z.infer<typeof Placement>;

/** After a failure: what was kept, where, until when; and what to do. Shown in one line by CLI and wizard. */
export const Kept = z.object({
  what: z.string(), where: z.string(), until: z.string(),
  said: z.object({ what: Said, where: Said.optional(), until: Said }).optional(),
});
export type Kept = z.infer<typeof Kept>;

export const TaskView = z.object({
  tid: z.string(), kind: z.enum(['image/create', 'image/modify']), name: z.string(),
  srcImageId: z.string(), srcVersion: z.number().int(), dstImageId: z.string(), dstVersion: z.number().int(), insId: z.string(),
  phase: Phase, state: TaskState, progress: z.number().int().min(0).max(100), vmstatus: VmStatus,
  message: z.string(),
  /** The message as code and parameters. */
  said: Said.optional(),
  error: WireError.nullable(), kept: Kept.nullable(),
  /** The step the error belongs to. */
  failedStep: Step.nullable(),
  allowed: z.array(Step),
  ccId: z.string().nullable(), ncId: z.string().nullable(), ccip: z.string().nullable(), ncip: z.string().nullable(), aURL: z.string().nullable(),
  memoryMiB: z.number().int(), cpus: z.number().int(),
  placement: Placement.nullable(), plans: z.array(PlanView).default([]),
  owner: z.string(), createdAt: z.number().int(), updatedAt: z.number().int(),
  /** Of the newest version made, once submitted. */
  result: z.object({ imageId: z.string(), version: z.number().int(), sha256: z.string(), sizeBytes: z.number().int() }).nullable(),
});
export type TaskView = z.infer<typeof TaskView>;

/** GET …/task/getprogress/{srcid}/{dstid}/{insid}: the seed's form. */
export const ProgressView = z.object({
  tid: z.string(), phase: Phase, state: TaskState, progress: z.number().int().min(0).max(100), vmstatus: VmStatus,
  aURL: z.string(), message: z.string(), ccip: z.string(), ncip: z.string(), errormsg: z.string(),
});
export type ProgressView = z.infer<typeof ProgressView>;

/** SSE `event: task` (id = row id; replayed after Last-Event-ID) and `event: progress` (no id; not replayed). */
export const TaskEvent = z.object({
  tid: z.string(), phase: Phase, state: TaskState, progress: z.number().int(), vmstatus: VmStatus, message: z.string(), said: Said.optional(), errormsg: z.string(), at: z.number().int(),
});
export type TaskEvent = z.infer<typeof TaskEvent>;
export const ProgressEvent = z.object({
  tid: z.string(), phase: Phase, progress: z.number().int(), job: z.string(),
  bytes: z.object({ done: z.number().int(), total: z.number().int() }).nullable(), note: z.string(), at: z.number().int(),
});
export type ProgressEvent = z.infer<typeof ProgressEvent>;
/** SSE `event: node`: a daemon registered, went silent, came back. Id = row id. */
export const NodeEvent = z.object({ id: z.string(), role: z.string(), name: z.string(), state: z.string(), at: z.number().int(),
  /** What happened beside a change of state: an administrator's word, something removed, a message refused. */
  message: z.string().max(500).optional(),
});
export type NodeEvent = z.infer<typeof NodeEvent>;
