// Many instances at once (a class): what is asked for all of them, what became of each, and the event about it.
import { z } from 'zod';
import { BATCH_MOST } from './class-of-instances.ts';
import { StopBody } from './image-create.ts';
import { InstanceId } from './ids.ts';
import { DefineInstance } from './instances.ts';
import { PageQuery } from './rest.ts';
import { WireError } from './statuses.ts';

/** `define-and-run`: so many are defined alike and run. The others act on instances that are there. */
export const BATCH_ACTIONS = ['define-and-run', 'run', 'stop', 'delete'] as const;
export const BatchAction = z.enum(BATCH_ACTIONS);
export type BatchAction = z.infer<typeof BatchAction>;

/** `done-with-failures`: some were refused or failed; each says why. */
export const BATCH_STATES = ['running', 'done', 'done-with-failures'] as const;
export const BatchState = z.enum(BATCH_STATES);
export type BatchState = z.infer<typeof BatchState>;

/** `accepted`: written down, begins soon; `refused`: it could not begin, nothing was done to it. */
export const MEMBER_STATES = ['accepted', 'running', 'done', 'failed', 'refused'] as const;
export const MemberState = z.enum(MEMBER_STATES);
export type MemberState = z.infer<typeof MemberState>;

const ids = z.array(InstanceId).min(1).max(BATCH_MOST);

export const BatchId = z.string().regex(/^bat-[0-9a-f]{8}$/, 'a batch id looks like bat-1a2b3c4d');

/** POST /clc/api/1.0/batches. In the name of a definition `{n}` is the number of each; without it there can be only one. */
export const CreateBatch = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('define-and-run'), definition: DefineInstance, count: z.number().int().min(1).max(BATCH_MOST) }),
  z.strictObject({ action: z.literal('run'), ids }),
  z.strictObject({ action: z.literal('stop'), ids, ...StopBody.shape }),
  z.strictObject({ action: z.literal('delete'), ids }),
]);
export type CreateBatch = z.input<typeof CreateBatch>;

export const BatchQuery = PageQuery.extend({ state: BatchState.optional() });

export const MemberCounts = z.object({ accepted: z.number().int(), running: z.number().int(), done: z.number().int(), failed: z.number().int(), refused: z.number().int() });
export type MemberCounts = z.infer<typeof MemberCounts>;

export const BatchMember = z.object({
  /** Id of the instance. */
  id: z.string(), name: z.string(), state: MemberState,
  /** Why it was refused or failed. */
  error: WireError.nullable(),
});
export type BatchMember = z.infer<typeof BatchMember>;

export const BatchView = z.object({
  id: z.string(), action: BatchAction, owner: z.string(),
  /** Of a definition, as it was asked for; else empty. */
  name: z.string(),
  state: BatchState,
  /** 0–100 of all together; never goes down. */
  progress: z.number().int().min(0).max(100),
  total: z.number().int(), counts: MemberCounts,
  createdAt: z.number().int(), updatedAt: z.number().int(), endedAt: z.number().int().nullable(),
  /** In their order; only of one batch, not in lists. */
  members: z.array(BatchMember).default([]),
});
export type BatchView = z.infer<typeof BatchView>;

/** SSE `event: batch` (id = row id; replayed after Last-Event-ID). */
export const BatchEvent = z.object({ id: z.string(), action: BatchAction, state: BatchState, progress: z.number().int(), total: z.number().int(), counts: MemberCounts, at: z.number().int() });
export type BatchEvent = z.infer<typeof BatchEvent>;
