// What was asked of the cloud, what it answered, what was done to it and what was seen: one line of JSON each, only ever appended.
// Written by the workload, the observers and the faults of a campaign; read by the invariants.
import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Written before the request leaves. */
export interface Call { kind: 'call'; at: number; id: number; actor: string; method: string; path: string; key?: string; body?: unknown }
/** It was answered. `body` is the answer without what is secret, cut to what the invariants read. */
export interface Return { kind: 'return'; at: number; id: number; status: number; code?: string; tid?: string; replayed?: boolean; body?: unknown }
/** No answer came: nobody knows whether it was done. */
export interface Lost { kind: 'lost'; at: number; id: number; error: string }
export interface Fault { kind: 'fault'; at: number; name: string; target: string; phase: 'inject' | 'heal'; detail: unknown }

/** A server-sent event as one watcher got it; `id` is null for progress. */
export interface SeenEvent { kind: 'seen'; at: number; what: 'event'; watcher: string; id: number | null; event: string; data: unknown }
/** The stream of a watcher ended or began again; `from` is the Last-Event-ID it asked with. */
export interface SeenStream { kind: 'seen'; at: number; what: 'stream'; watcher: string; state: 'open' | 'lost'; from: number | null }
/** A guest of a node: its QEMU process, or the file of a fake one. Written when it changes. */
export interface SeenGuest { kind: 'seen'; at: number; what: 'guest'; node: string; insId: string; state: 'running' | 'gone'; pid: number | null }
/** State of a daemon as the database has it. Written when it changes. */
export interface SeenDaemon { kind: 'seen'; at: number; what: 'daemon'; id: string; name: string; state: string; epoch: number; lastBeatAt: number | null }
/** What a person wrote on the disk of an instance, synced. Submitting the task must carry it. */
export interface SeenEdit { kind: 'seen'; at: number; what: 'edit'; tid: string; insId: string; node: string; mark: string }
/** Nothing moved any more after everything was healed. */
export interface SeenQuiet { kind: 'seen'; at: number; what: 'quiet'; afterMs: number; detail: string }
export type Seen = SeenEvent | SeenStream | SeenGuest | SeenDaemon | SeenEdit | SeenQuiet;

export type HistoryEntry = Call | Return | Lost | Fault | Seen;
type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;

export interface History {
  append(entry: WithoutTime<HistoryEntry>): void;
  /** Number for the next call; unique within the file. */
  nextId(): number;
  close(): void;
}

/** Synchronous: what a call was is in the file before the call leaves. */
export function openHistory(file: string, now: () => number = Date.now): History {
  const out = openSync(file, 'a', 0o600);
  let lastId = 0;
  return {
    append: (entry) => void writeSync(out, `${JSON.stringify({ at: now(), ...entry })}\n`),
    nextId: () => ++lastId,
    close: () => closeSync(out),
  };
}

/** Without a last line that was torn when the campaign died. */
export async function readHistory(file: string): Promise<HistoryEntry[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  lines.pop();
  return lines.map((line) => JSON.parse(line) as HistoryEntry);
}
