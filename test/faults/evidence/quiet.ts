// Whether anything still moves in a healed cloud: plans, messages, answers that nobody has yet. Stuck is at rest too, unless it goes on by itself; the invariants judge it.
import { setTimeout as pause } from 'node:timers/promises';
import type { WireError } from '@educloud/contracts';
import { untimely } from '@educloud/saga';
import { rowsOf } from '../../support/leftovers.ts';
import type { Rig } from '../rig/interface.ts';
import { unreportedOf } from './journals.ts';
import { queuesOf } from './queues.ts';

const LOOK_EVERY_MS = 1000;
/** So many looks in a row must find nothing. */
const LOOKS = 3;
/** Who waits is told what for. */
const TELL_EVERY_MS = 30_000;

export interface Rest {
  /** Null: something still moves. */
  quietAt: number | null;
  /** What moves. */
  reasons: string[];
}

export async function comesToRest(rig: Rig, withinMs: number, say: (text: string) => void): Promise<Rest> {
  const deadline = Date.now() + withinMs;
  let tellAt = Date.now() + TELL_EVERY_MS;
  let reasons: string[] = [];
  for (let still = 0; Date.now() < deadline; ) {
    reasons = await moving(rig).catch((e: unknown) => [`it cannot be looked at: ${String(e)}`]);
    still = reasons.length === 0 ? still + 1 : 0;
    if (still >= LOOKS) return { quietAt: Date.now(), reasons: [] };
    if (Date.now() > tellAt && reasons.length > 0) {
      say(`  still moving: ${reasons.slice(0, 3).join('; ')}${reasons.length > 3 ? `; and ${reasons.length - 3} more` : ''}`);
      tellAt = Date.now() + TELL_EVERY_MS;
    }
    await pause(LOOK_EVERY_MS);
  }
  return { quietAt: null, reasons };
}

async function moving(rig: Rig): Promise<string[]> {
  const inRows = await movingRows({ json: { dbUrl: rig.servers.dbUrl } });
  if (inRows.length > 0) return inRows;
  const inJournals = [...rig.nodes.map((n) => n.dataDir), rig.dataDir('cc'), rig.dataDir('walrus')].flatMap((dir) => unreportedOf(dir).map((id) => `not reported yet: ${id}`));
  if (inJournals.length > 0) return inJournals;
  const queues = await queuesOf(rig);
  // Between two terms of a cloud controller nothing moves either, as long as nobody says anything.
  const unheard = queues.filter((q) => q.name.startsWith('status.') && q.consumers === 0).map((q) => `nobody listens at ${q.name}`);
  return [...unheard, ...queues.filter((q) => /^(cmd|status)\./.test(q.name) && q.messages > 0).map((q) => `${q.messages} messages in ${q.name}`)];
}

async function movingRows(db: { json: { dbUrl: string } }): Promise<string[]> {
  const [plans, late, outbox, down] = await Promise.all([
    rowsOf(db, "SELECT id, name, state FROM saga_plans WHERE state IN ('running', 'unwinding')"),
    rowsOf(db, "SELECT planId, error FROM saga_jobs WHERE state = 'stuck'"),
    rowsOf(db, 'SELECT id FROM saga_outbox'),
    rowsOf(db, "SELECT name, state FROM daemons WHERE state NOT IN ('up', 'disabled')"),
  ]);
  return [
    ...plans.map((p) => `plan ${p['id']} (${p['name']}) is ${p['state']}`),
    ...late.filter((j) => untimely({ error: errorOf(j['error']) }, Date.now())).map((j) => `plan ${j['planId']} is stuck by a wrong clock`),
    ...outbox.map((o) => `not published yet: ${o['id']}`),
    ...down.map((d) => `${d['name']} is ${d['state']}`),
  ];
}

const errorOf = (stored: unknown): WireError | null => (typeof stored === 'string' ? (JSON.parse(stored) as WireError | null) : ((stored ?? null) as WireError | null));
