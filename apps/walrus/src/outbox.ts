// Keeps each imagestatus on disk until the bus has confirmed it: an upload that was accepted while the broker was down is not forgotten.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ENVELOPE_VERSION, ImageStatus, type Envelope } from '@educloud/contracts';
import { toWire } from '@educloud/errors';
import { NEW_FILE, readJsonFile, removeFile, writeDurably } from '@educloud/images';
import type { Logger } from '@educloud/log';
import { z } from 'zod';
import type { Outbox } from './deps.ts';
import type { AcceptedVersion } from './drivers/store/interface.ts';

const Waiting = z.object({ seq: z.number().int(), at: z.number().int(), status: ImageStatus });

export interface OutboxOptions {
  dir: string;
  log: Logger;
  now(): number;
  /** Who speaks; null while not registered. */
  source(): { node: string; epoch: number } | null;
  /** Confirmed publish. */
  send(envelope: Envelope): Promise<void>;
  /** What may be told again. */
  acceptedSince(at: number): Promise<AcceptedVersion[]>;
  /** Pause after a failure. Default 2 s. */
  retryMs?: number;
}

export const available = ({ imageId, version, sha256, sizeBytes, virtualSizeBytes, format, tid }: AcceptedVersion): ImageStatus =>
  ({ imageId, version, outcome: 'available', sha256, sizeBytes, virtualSizeBytes, format, tid });

export async function createOutbox(options: OutboxOptions): Promise<Outbox> {
  const { dir, log, now, source, send, retryMs = 2000 } = options;
  await mkdir(dir, { recursive: true });
  const waiting = new Map<string, z.infer<typeof Waiting>>();
  for (const name of await readdir(dir)) {
    if (name.endsWith(NEW_FILE)) await removeFile(join(dir, name)); // a crash in the middle of writing it: nobody was promised anything yet
    const entry = name.endsWith('.json') ? Waiting.safeParse(await readJsonFile(join(dir, name))) : null;
    if (entry?.success) waiting.set(name, entry.data);
  }
  let seq = Math.max(0, ...[...waiting.values()].map((w) => w.seq));
  let draining: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  async function sendAll(): Promise<void> {
    for (;;) {
      const next = [...waiting].sort(([, a], [, b]) => a.seq - b.seq)[0];
      const from = source();
      if (!next || !from || closed) return;
      const [name, { seq: at, status }] = next;
      const id = `imagestatus:${status.imageId}.v${status.version}:${status.outcome}:${next[1].at}`;
      await send({ v: ENVELOPE_VERSION, id, name: 'imagestatus', tid: status.tid, jobId: null, target: null, source: from, generation: 0, seq: at, deadline: null, trail: [], body: status });
      if (waiting.get(name)?.seq === at) {
        waiting.delete(name);
        await removeFile(join(dir, name));
      }
    }
  }

  function drain(): void {
    if (closed || draining) return;
    draining = sendAll().catch((e: unknown) => {
      log.debug({ error: toWire(e) }, 'a status for the CLC has to wait');
      if (timer) clearTimeout(timer);
      if (!closed) timer = setTimeout(drain, retryMs).unref();
    }).finally(() => { draining = null; });
  }

  async function add(status: ImageStatus): Promise<void> {
    const name = `${status.imageId}.v${status.version}.${status.outcome}.json`;
    const entry = { seq: (seq += 1), at: now(), status };
    await writeDurably(join(dir, name), JSON.stringify(entry));
    waiting.set(name, entry);
    // The drain under way may have looked just before.
    if (draining) void draining.then(drain); else drain();
  }

  return {
    add,
    async tellAgain(since) {
      try {
        // A submit is told by the result of its job.
        for (const version of await options.acceptedSince(since)) if (version.tid === null) await add(available(version));
      } catch (e) {
        log.warn({ error: toWire(e) }, 'what was accepted could not be told again; it is tried again');
      }
    },
    drain,
    waiting: () => waiting.size,
    async close() {
      closed = true;
      if (timer) clearTimeout(timer);
      await draining;
    },
  };
}
