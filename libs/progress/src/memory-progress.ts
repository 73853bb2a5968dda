// The progress cache inside one process: a map with a time to live. What one process publishes only that process hears.
import type { ProgressCache, ProgressValue } from './interface.ts';

export interface MemoryProgressOptions {
  now?: () => number;
}

const SWEEP_EVERY_SETS = 1_000;

/** All-in-one hands the same one to all its daemons; close() then belongs to whoever made it. */
export function createMemoryProgress({ now = Date.now }: MemoryProgressOptions = {}): ProgressCache {
  const values = new Map<string, { value: ProgressValue; until: number }>();
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  let sets = 0;
  let closed = false;

  function live(key: string): ProgressValue | null {
    const found = values.get(key);
    if (!found) return null;
    if (found.until > now()) return structuredClone(found.value);
    values.delete(key);
    return null;
  }

  function sweep(): void {
    for (const [key, { until }] of values) if (until <= now()) values.delete(key);
  }

  return {
    async set(key, value, ttlMs) {
      if (closed) return;
      if (++sets % SWEEP_EVERY_SETS === 0) sweep();
      const before = live(key);
      if (before && isOlder(value, before)) return;
      values.set(key, { value: structuredClone(value), until: now() + ttlMs });
    },
    async get(key) {
      return live(key);
    },
    async getMany(keys) {
      return keys.map(live);
    },
    async delete(key) {
      values.delete(key);
    },
    notify(channel, payload) {
      const heard = listeners.get(channel);
      if (!heard || closed) return;
      const copy = JSON.stringify(payload);
      queueMicrotask(() => {
        for (const listener of [...heard]) listener(JSON.parse(copy));
      });
    },
    listen(channel, listener) {
      const heard = listeners.get(channel) ?? new Set();
      listeners.set(channel, heard);
      heard.add(listener);
      return () => {
        heard.delete(listener);
        if (heard.size === 0 && listeners.get(channel) === heard) listeners.delete(channel);
      };
    },
    state: () => ({ connected: !closed, reason: closed ? 'closed' : 'in this process' }),
    async close() {
      closed = true;
      values.clear();
      listeners.clear();
    },
  };
}

/** Of an earlier attempt, or lower within the same one. */
const isOlder = (next: ProgressValue, before: ProgressValue): boolean => next.epoch < before.epoch || (next.epoch === before.epoch && next.percent < before.percent);
