// The receiving half of a command: validate, journal (fsync), ack, then run; one at a time per instance, few heavy ones per daemon.
// Used alike by NC, CC, Walrus and SC.
import type { Envelope, JobName, JobParams, JobResult } from '@educloud/contracts';

/** What a handler knows beside its parameters. `percent` is 0 to 100, of this job alone. */
export interface JobContext {
  tid: string;
  jobId: string;
  attempt: number;
  /** Aborted by undo, by discard of the instance, by the deadline, and when the daemon stops. */
  signal: AbortSignal;
  /** Coalesced to one message per 250 ms; the last one always goes out. */
  progress(percent: number, more?: { bytes?: { done: number; total: number }; note?: string }): void;
}

/** One job of one daemon. Both halves are ensures: they may run twice and after a crash at any point. */
export interface JobHandler<N extends JobName> {
  job: N;
  do(params: JobParams<N>, context: JobContext): Promise<JobResult<N>>;
  /** Also called when `do` never ran, or only partly. */
  undo?(params: JobParams<N>, context: JobContext): Promise<void>;
  /** Heavy jobs share the slots of their class. */
  slot?: 'transfer' | 'disk' | 'boot';
  /** Key of the serial executor; default the instance id of the params. */
  serialKey?(params: JobParams<N>): string;
  /** Aborts whatever runs or waits under the same serial key before it starts (discardInstance). */
  interrupts?: boolean;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a table of handlers of different jobs; each entry was checked by defineJob
export type AnyJobHandler = JobHandler<any>;

/** Keeps the types of one handler while it goes into the table. */
export const defineJob = <N extends JobName>(handler: JobHandler<N>): AnyJobHandler => handler as AnyJobHandler;

/** The jobs of one daemon, from command to status. */
export interface Executor {
  /** For Bus.consume: returns when the command is in the journal (or was answered from it); throws what must be dead-lettered. */
  accept(envelope: Envelope): Promise<void>;
  /** The present registration; commands for an earlier one are answered STALE_EPOCH. */
  setEpoch(epoch: number): void;
  /** Results whose status was not confirmed yet are sent again (after reconnect, at start). */
  resendUnreported(): Promise<void>;
  /** Jobs running or waiting, for inventory, /readyz and metrics. */
  active(): Array<{ jobId: string; job: string; op: 'do' | 'undo'; since: number; key: string }>;
  /** Numbers of statuses rise within one epoch, whoever sends them. */
  nextSeq(): number;
  /** Stops taking commands and aborts what runs; what was journaled and did not end runs again after the next registration. */
  close(): Promise<void>;
}
