// Publishes outbox rows, oldest first: many queues at once, one message at a time per queue so that order is kept. A row leaves
// only after the broker's confirm. Woken right after each commit; pauses per queue while its broker or queue is not there.
import { hasCode } from '@educloud/errors';
import type { OutboxRow, SagaOptions, SagaTx } from './interface.ts';

const FIRST_PAUSE_MS = 100;
/** A refused publish costs nothing, and the broker may be back at any moment. */
const MAX_PAUSE_MS = 1000;
/** The queue of that daemon does not exist: nobody else is kept waiting by it. */
const MAX_PAUSE_NO_QUEUE_MS = 5000;
const BATCH = 200;

export interface OutboxRelay {
  kick(): void;
  /** A row is being written again or removed now: what was read of it before is out of date. */
  changed(id: string): void;
  close(): Promise<void>;
}

export function createOutboxRelay<Tx extends { saga: SagaTx }>(options: Pick<SagaOptions<Tx>, 'store' | 'publish' | 'failpoint' | 'log'>): OutboxRelay {
  const { store, log } = options;
  /** Queues being worked on. */
  const busy = new Map<string, Promise<void>>();
  const failures = new Map<string, number>();
  const pauses = new Map<string, NodeJS.Timeout>();
  /** Rows read and not yet published, and those of them that changed since. */
  const held = new Set<string>();
  const outdated = new Set<string>();
  let reading: Promise<void> | null = null;
  let readAgain = false;
  let closed = false;

  const free = (queue: string): boolean => !busy.has(queue) && !pauses.has(queue);

  /** Read until every waiting queue is being served or pausing; a long queue must not hide the others. */
  async function read(): Promise<void> {
    for (let limit = BATCH; ; limit *= 4) {
      const rows = await store.transaction((tx) => tx.saga.outbox(limit));
      const perQueue = new Map<string, OutboxRow[]>();
      for (const row of rows) if (free(row.queue)) perQueue.set(row.queue, [...(perQueue.get(row.queue) ?? []), row]);
      for (const [queue, waiting] of perQueue) {
        for (const row of waiting) held.add(row.id);
        busy.set(queue, serve(queue, waiting));
      }
      if (rows.length < limit || perQueue.size > 0) return;
    }
  }

  async function serve(queue: string, rows: OutboxRow[]): Promise<void> {
    try {
      for (const row of rows) {
        if (closed) return;
        // Its present form, if there is one, is read in the next round.
        if (outdated.has(row.id)) continue;
        options.failpoint?.('outbox:before');
        await options.publish(queue, row.envelope);
        failures.delete(queue);
        options.failpoint?.('outbox:after');
        await store.transaction((tx) => tx.saga.removeFromOutbox(row.id, row.createdAt));
      }
    } catch (e) {
      const count = (failures.get(queue) ?? 0) + 1;
      failures.set(queue, count);
      const max = hasCode(e, 'NODE_UNREACHABLE') ? MAX_PAUSE_NO_QUEUE_MS : MAX_PAUSE_MS;
      if (count === 1 || count % 60 === 0) log.warn({ queue, err: e, count }, 'cannot publish; will go on trying');
      if (!closed) pauses.set(queue, setTimeout(() => { pauses.delete(queue); kick(); }, Math.min(FIRST_PAUSE_MS * 2 ** Math.min(count - 1, 10), max)));
    } finally {
      for (const row of rows) {
        held.delete(row.id);
        outdated.delete(row.id);
      }
      busy.delete(queue);
      // More may have been written for this queue while it was served.
      kick();
    }
  }

  function kick(): void {
    if (closed) return;
    if (reading) {
      readAgain = true;
      return;
    }
    readAgain = false;
    reading = read()
      .catch((e: unknown) => log.warn({ err: e }, 'cannot read the outbox'))
      .finally(() => {
        reading = null;
        if (readAgain) kick();
      });
  }

  return {
    kick,
    changed: (id) => void (held.has(id) && outdated.add(id)),
    async close() {
      closed = true;
      for (const pause of pauses.values()) clearTimeout(pause);
      pauses.clear();
      await reading;
      await Promise.all(busy.values());
    },
  };
}
