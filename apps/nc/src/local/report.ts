// Tells the cloud what local desktops this host has and what was run: soon after something changed, whenever the bus is back, and with each asking.
// Runs stay on the disk until they have been taken; told twice they are one row there.
import { ENVELOPE_VERSION, type Envelope, type LocalReport } from '@educloud/contracts';
import { toWire } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { UseLog } from './uses.ts';

export interface LocalReporter {
  soon(): void;
  now(): Promise<void>;
  close(): Promise<void>;
}

export interface ReportDeps {
  desktops(): LocalReport['desktops'];
  uses: UseLog;
  identity(): { id: string; epoch: number } | null;
  nextSeq(): number;
  newId(): string;
  send(envelope: Envelope): Promise<void>;
  log: Logger;
}

const SOON_MS = 300;
const AT_ONCE = 200;

export function createLocalReporter(deps: ReportDeps): LocalReporter {
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let again = false;
  let closed = false;

  async function tell(): Promise<void> {
    do {
      again = false;
      const me = deps.identity();
      if (!me) return;
      const uses = deps.uses.open(AT_ONCE);
      const body: LocalReport = { desktops: deps.desktops(), uses };
      await deps.send({ v: ENVELOPE_VERSION, id: deps.newId(), name: 'lvdreport', tid: null, jobId: null, target: null, source: { node: me.id, epoch: me.epoch }, generation: 0, seq: deps.nextSeq(), deadline: null, trail: [], body });
      await deps.uses.taken(uses);
      again ||= uses.length === AT_ONCE;
    } while (again && !closed);
  }
  function now(): Promise<void> {
    if (running) { again = true; return running; }
    running = tell()
      .catch((e: unknown) => deps.log.debug({ error: toWire(e) }, 'local desktops were not reported; the next occasion repairs it'))
      .finally(() => { running = null; });
    return running;
  }
  return {
    now,
    soon() {
      if (closed) return;
      timer ??= setTimeout(() => { timer = null; void now(); }, SOON_MS);
      timer.unref();
    },
    async close() {
      closed = true;
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}
