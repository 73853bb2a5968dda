// Says what a daemon holds, at each registration and every minute: the CLC finds what nothing needs. NC, CC and Walrus each make one.
import { ENVELOPE_VERSION, INVENTORY_ITEMS, itemKey, type Envelope, type HeldItem, type Inventory } from '@educloud/contracts';
import { toWire } from '@educloud/errors';
import type { Logger } from '@educloud/log';

export interface InventoryDeps {
  held(): Promise<HeldItem[]>;
  /** Names under work, asked before and after the look. */
  busy(): string[];
  identity(): { id: string; epoch: number } | null;
  nextSeq(): number;
  newId(): string;
  send(envelope: Envelope): Promise<void>;
  log: Logger;
}

export interface InventoryReport {
  /** Never throws: the next one makes up for one that failed. */
  report(): Promise<void>;
  /** Once more in a moment, even if nothing is held here: somebody waits for it. */
  soon(): void;
  close(): void;
}

const EMPTY_EVERY = 10;
/** The result of the job that changed it goes out first. */
const SOON_MS = 500;

/** Messages of bounded size that together are everything. */
export function inventories(items: readonly HeldItem[], busy: string[]): Inventory[] {
  const sorted = [...items].sort((a, b) => (itemKey(a) < itemKey(b) ? -1 : 1));
  const all: Inventory[] = [];
  for (let at = 0; at === 0 || at < sorted.length; at += INVENTORY_ITEMS) {
    const next = sorted[at + INVENTORY_ITEMS];
    const first = sorted[at];
    all.push({ items: sorted.slice(at, at + INVENTORY_ITEMS), busy, from: at === 0 || !first ? '' : itemKey(first), to: next ? itemKey(next) : null });
  }
  return all;
}

export function createInventoryReport(deps: InventoryDeps): InventoryReport {
  /** Reports in a row that had nothing to say: a daemon that holds nothing says so once per registration, and now and then. */
  let empty = { epoch: 0, skipped: 0 };
  let timer: NodeJS.Timeout | null = null;
  let working: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  async function once(): Promise<void> {
    const me = deps.identity();
    if (!me) return;
    const before = deps.busy();
    const items = await deps.held();
    const busy = [...new Set([...before, ...deps.busy()])];
    if (items.length === 0 && empty.epoch === me.epoch && (empty.skipped += 1) < EMPTY_EVERY) return;
    for (const body of inventories(items, busy)) {
      await deps.send({ v: ENVELOPE_VERSION, id: deps.newId(), name: 'inventory', tid: null, jobId: null, target: null, source: { node: me.id, epoch: me.epoch }, generation: 0, seq: deps.nextSeq(), deadline: null, trail: [], body });
    }
    empty = { epoch: items.length === 0 ? me.epoch : 0, skipped: 0 };
  }

  /** One that begins after this call: what is under way may have looked before what somebody waits for. */
  function report(): Promise<void> {
    if (working) {
      return (next ??= working.then(() => {
        next = null;
        return report();
      }));
    }
    working = once()
      .catch((e: unknown) => deps.log.warn({ error: toWire(e) }, 'what is held here could not be said; the next inventory says it'))
      .finally(() => { working = null; });
    return working;
  }

  return {
    report,
    soon() {
      timer ??= setTimeout(() => {
        timer = null;
        empty = { epoch: 0, skipped: 0 };
        void report();
      }, SOON_MS);
      timer.unref();
    },
    close() {
      if (timer) clearTimeout(timer);
    },
  };
}
