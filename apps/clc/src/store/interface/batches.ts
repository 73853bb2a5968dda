// What is kept of batches, and the only ways to change it. Part of ../interface.
import type { BatchAction, BatchState, MemberCounts, MemberState, WireError } from '@educloud/contracts';
import type { PlanState } from '@educloud/saga';
import type { PageOf, PageRequest } from './page.ts';

/** Many instances that were asked for at once. */
export interface BatchRow {
  id: string; owner: string; action: BatchAction;
  /** Of a definition, as asked for: `pc-{n}`. Else empty. */
  name: string;
  /** What the action was asked with, e.g. `{graceSeconds:5}`. */
  input: unknown;
  state: BatchState; progress: number; total: number; counts: MemberCounts;
  rev: number; createdAt: number; updatedAt: number; endedAt: number | null;
}
export interface BatchMemberRow {
  batchId: string;
  /** 1, 2, 3… */
  position: number;
  insId: string; name: string; state: MemberState;
  /** Of the action on this one, once it has begun. */
  planId: string | null;
  error: WireError | null;
}
/** A member that has begun, and how its plan and its instance stand now. `planState` null: the plan is gone (forgotten as history). */
export interface BegunMember { position: number; planState: PlanState | null; planError: WireError | null; percent: number }
export interface BatchStore {
  /** The batch with all its members, in one. */
  insertBatch(row: BatchRow, members: BatchMemberRow[]): Promise<void>;
  batch(id: string): Promise<BatchRow | null>;
  /** Ours until the commit: the first read of whoever works on it. */
  lockBatch(id: string): Promise<BatchRow | null>;
  /** Newest first. */
  batches(page: PageRequest & { owner?: string | undefined; state?: BatchState | undefined }): Promise<PageOf<BatchRow>>;
  /** Oldest first. */
  runningBatches(): Promise<string[]>;
  /** In their order; only those in `state` when it is given, and at most so many. */
  members(batchId: string, only?: { state: MemberState; limit?: number }): Promise<BatchMemberRow[]>;
  /** Of those that run. */
  begunMembers(batchId: string): Promise<BegunMember[]>;
  /** Those that are in state `from`. */
  setMembers(batchId: string, positions: number[], from: MemberState, set: { state: MemberState; planId?: string | null; error?: WireError | null }): Promise<void>;
  countMembers(batchId: string): Promise<MemberCounts>;
  /** CAS on the revision, which rises by one; appends the event in the same transaction. Progress never goes down. Null: somebody was faster. */
  changeBatch(id: string, rev: number, set: Partial<Pick<BatchRow, 'state' | 'progress' | 'counts' | 'endedAt'>>): Promise<BatchRow | null>;
}
