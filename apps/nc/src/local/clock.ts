// The time by which leases are judged: never earlier than the latest this host has seen, so that setting the clock back lengthens none. What the
// cloud controller has signed just now is believed, also when a wrong clock was seen before.
import { readJsonFile, writeDurably } from '@educloud/images';

export interface LocalClock {
  now(): number;
  /** Writes down how late it is; to be called now and then. */
  note(): Promise<void>;
  /** The CLC said so, signed, in answer to a question of ours. */
  believe(at: number): Promise<void>;
}

export async function openLocalClock(file: string, ownNow: () => number): Promise<LocalClock> {
  const kept = (await readJsonFile(file)) as { seenMs?: unknown } | null;
  let seen = typeof kept?.seenMs === 'number' ? kept.seenMs : 0;
  const now = (): number => Math.max(ownNow(), seen);
  const write = (): Promise<void> => writeDurably(file, JSON.stringify({ seenMs: seen }));
  return {
    now,
    note() {
      seen = now();
      return write();
    },
    believe(at) {
      seen = at;
      return write();
    },
  };
}
