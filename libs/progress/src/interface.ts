// The progress port: a cache of how far things are, and a wake-up for those who watch. Losing it loses nothing but a moment's display.

export interface ProgressCache {
  /** Stores `value` for `ttlMs`; a number under the same key never goes down unless `epoch` rises. */
  set(key: string, value: ProgressValue, ttlMs: number): Promise<void>;
  get(key: string): Promise<ProgressValue | null>;
  /** In the order of the keys; null where there is nothing (any more). */
  getMany(keys: string[]): Promise<Array<ProgressValue | null>>;
  delete(key: string): Promise<void>;
  /** Publish a small JSON value to every listener of the channel, in this process and in others. Fire and forget. */
  notify(channel: string, payload: unknown): void;
  /** Returns how to end it. */
  listen(channel: string, listener: (payload: unknown) => void): () => void;
  state(): { connected: boolean; reason: string };
  close(): Promise<void>;
}

export interface ProgressValue {
  /** Attempt within the phase: a higher one may start lower. */
  epoch: number;
  percent: number;
  /** Anything else worth showing (bytes, note, job). */
  detail: Record<string, unknown>;
}
