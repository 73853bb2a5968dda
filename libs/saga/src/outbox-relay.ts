// Publishes outbox rows, oldest first: many queues at once, and per queue many messages at once, but never two of one subject, whose
// order matters. A row leaves only after the broker's confirm, with all that were confirmed beside it. Woken right after each commit;
// pauses per queue while its broker or queue is not there.
import { hasCode } from '@educloud/errors';
import type { OutboxRow, SagaOptions, SagaTx } from './interface.ts';

const FIRST_PAUSE_MS = 100;
/** A refused publish costs nothing, and the broker may be back at any moment. */
const MAX_PAUSE_MS = 1000;
/** The queue of that daemon does not exist: nobody else is kept waiting by it. */
const MAX_PAUSE_NO_QUEUE_MS = 5000;
const BATCH = 100;
/** Messages of one queue that wait for their confirm side by side. */
const SIDE_BY_SIDE = 64;

export interface OutboxRelay {
  kick(): void;
  /** A row is being written again or removed now: what was read of it before is out of date. */
  changed(id: string): void;
  close(): Promise<void>;
}

export function createOutboxRelay<Tx extends { saga: SagaTx }>(options: Pick<SagaOptions<Tx>, 'store' | 'publish' | 'failpoint' | 'log'>): OutboxRelay {
  const { store, log } = options;
  /** Under way, by id, and the subjects of each queue that have one under way. */
  const held = new Map<string, Promise<void>>();
  const lanes = new Map<string, Set<string>>();
  const failures = new Map<string, number>();
  const pauses = new Map<string, NodeJS.Timeout>();
  /** Changed while rows were being read: what was read of them is not to be believed. */
  const outdated = new Set<string>();
  const confirmed: OutboxRow[] = [];
  let removing: Promise<void> | null = null;
  let lastRemoval: Promise<unknown> = Promise.resolve();
  let reading: Promise<void> | null = null;
  let readAgain = false;
  /** The last look passed over rows whose turn had not come. */
  let passedOver = false;
  let closed = false;

  /** Read until something could be sent or all is under way or pausing; a long queue must not hide the others. */
  async function read(): Promise<void> {
    for (let limit = BATCH; ; limit *= 4) {
      outdated.clear();
      passedOver = false;
      const rows = await (store.read ? store.read.saga.outbox(limit) : store.transaction((tx) => tx.saga.outbox(limit)));
      let begun = 0;
      const kept: Array<() => void> = [];
      for (const row of rows) {
        if (closed) return;
        if (held.has(row.id) || pauses.has(row.queue)) {
          passedOver = true;
          continue;
        }
        const lane = lanes.get(row.queue) ?? new Set();
        const subject = row.envelope.tid ?? '';
        if (lane.has(subject) || lane.size >= SIDE_BY_SIDE) {
          passedOver = true;
          continue;
        }
        lanes.set(row.queue, lane.add(subject));
        // Its present form, if there is one, is read in the next round; those behind it wait for that.
        if (outdated.has(row.id)) {
          kept.push(() => void lane.delete(subject));
          continue;
        }
        held.set(row.id, send(row).finally(() => {
          held.delete(row.id);
          lane.delete(subject);
          // Those behind it. What is written meanwhile comes with a kick of its own.
          if (passedOver || reading) kick();
        }));
        begun += 1;
      }
      for (const free of kept) free();
      passedOver ||= rows.length === limit;
      if (rows.length < limit || begun > 0) return;
    }
  }

  async function send(row: OutboxRow): Promise<void> {
    try {
      options.failpoint?.('outbox:before');
      await options.publish(row.queue, row.envelope);
      failures.delete(row.queue);
      options.failpoint?.('outbox:after');
      await sent(row);
    } catch (e) {
      pauseAfter(row.queue, e);
    }
  }

  /** Confirmed ones leave together: one transaction for all that came while the last one ran. */
  function sent(row: OutboxRow): Promise<void> {
    confirmed.push(row);
    if (!removing) {
      removing = lastRemoval.then(async () => {
        removing = null;
        const leaving = confirmed.splice(0);
        await store.transaction((tx) => tx.saga.removeSent(leaving.map(({ id, createdAt }) => ({ id, createdAt }))));
      });
      lastRemoval = removing.catch(() => undefined);
    }
    return removing;
  }

  function pauseAfter(queue: string, e: unknown): void {
    if (closed || pauses.has(queue)) return;
    const count = (failures.get(queue) ?? 0) + 1;
    failures.set(queue, count);
    const max = hasCode(e, 'NODE_UNREACHABLE') ? MAX_PAUSE_NO_QUEUE_MS : MAX_PAUSE_MS;
    if (count === 1 || count % 60 === 0) log.warn({ queue, err: e, count }, 'cannot publish; will go on trying');
    pauses.set(queue, setTimeout(() => { pauses.delete(queue); kick(); }, Math.min(FIRST_PAUSE_MS * 2 ** Math.min(count - 1, 10), max)));
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
    changed: (id) => {
      if (!reading) return;
      outdated.add(id);
      readAgain = true;
    },
    async close() {
      closed = true;
      for (const pause of pauses.values()) clearTimeout(pause);
      pauses.clear();
      await reading;
      await Promise.all(held.values());
    },
  };
}
