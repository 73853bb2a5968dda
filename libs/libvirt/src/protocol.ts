// What the main thread and the worker threads say to each other.
import type { CallName } from './calls.ts';
import type { LifecycleEvent } from './constants.ts';
import type { NativeError } from './native.ts';

export type WorkerStart = { role: 'calls'; uri: string } | { role: 'events' };

export interface CallRequest {
  id: number;
  call: CallName;
  args: unknown[];
}
/** `connection` tells a broken connection from a refused call. */
export type CallReply = { id: number; ok: true; value: unknown } | { id: number; ok: false; error: NativeError; connection: boolean };

export type WatchRequest = { watch: number; uri: string } | { unwatch: number } | { quit: true };
export type WatchNotice =
  | { kind: 'ready' }
  | { kind: 'connected'; watch: number }
  | { kind: 'disconnected'; watch: number; message: string }
  | { kind: 'lifecycle'; watch: number; name: string; uuid: string; event: LifecycleEvent; detail: number };
