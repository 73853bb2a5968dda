// How far each task is, from the stream: never backwards within a step, with speed and remaining time. Read by hooks/useProgress.ts.
import type { Phase, ProgressEvent } from '@educloud/contracts';

export interface Progress {
  phase: Phase;
  /** 0–100 of the phase. */
  percent: number;
  job: string;
  bytes: { done: number; total: number } | null;
  note: string;
  bytesPerSecond: number | null;
  secondsLeft: number | null;
  /** Time of the event that gave it, ms. */
  at: number;
}

/** Share of the newest measurement in the shown speed: steady enough to read, quick enough to believe. */
const FRESH = 0.3;

export function nextProgress(before: Progress | undefined, event: ProgressEvent): Progress {
  const samePhase = before !== undefined && before.phase === event.phase;
  const sameMove = samePhase && before.job === event.job && before.bytes !== null && event.bytes !== null && before.bytes.total === event.bytes.total;
  const percent = samePhase ? Math.max(before.percent, event.progress) : event.progress;
  if (!sameMove) {
    return { phase: event.phase, percent, job: event.job, bytes: event.bytes, note: event.note, bytesPerSecond: null, secondsLeft: null, at: event.at };
  }
  const done = Math.max(before.bytes!.done, event.bytes!.done);
  const seconds = (event.at - before.at) / 1000;
  const measured = seconds > 0 ? (done - before.bytes!.done) / seconds : null;
  const bytesPerSecond = measured === null ? before.bytesPerSecond : before.bytesPerSecond === null ? measured : before.bytesPerSecond * (1 - FRESH) + measured * FRESH;
  const left = event.bytes!.total - done;
  return {
    phase: event.phase, percent, job: event.job, bytes: { done, total: event.bytes!.total }, note: event.note, bytesPerSecond,
    secondsLeft: bytesPerSecond !== null && bytesPerSecond > 0 ? left / bytesPerSecond : null,
    at: event.at,
  };
}

export interface ProgressBoard {
  push(event: ProgressEvent): void;
  /** A step ended or began anew: the next one starts from nothing. */
  forget(tid: string): void;
  get(tid: string): Progress | undefined;
  subscribe(listener: () => void): () => void;
}

export function createProgressBoard(): ProgressBoard {
  const rows = new Map<string, Progress>();
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  return {
    push: (event) => {
      rows.set(event.tid, nextProgress(rows.get(event.tid), event));
      tell();
    },
    forget: (tid) => {
      if (rows.delete(tid)) tell();
    },
    get: (tid) => rows.get(tid),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The board of this page. */
export const board = createProgressBoard();
