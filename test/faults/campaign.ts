// One campaign: people at work while the schedule strikes, then everything is healed, comes to rest, and is looked at.
import { setMaxListeners } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { collectEvidence } from './evidence/collect.ts';
import type { Evidence } from './evidence/interface.ts';
import { comesToRest } from './evidence/quiet.ts';
import { FAULTS } from './faults/index.ts';
import { openHistory } from './history.ts';
import { checkInvariants } from './invariants/index.ts';
import type { Violation } from './invariants/interface.ts';
import { keepTraces } from './keep.ts';
import { startObservers } from './observers/start.ts';
import type { Rig } from './rig/interface.ts';
import type { Strike } from './schedule.ts';
import { strikeAll } from './strikes.ts';
import { startWorkload } from './workload/start.ts';

/** All that is needed to do it again; kept as schedule.json. */
export interface Order {
  seed: number;
  hypervisor: 'fake' | 'libvirt';
  nodes: number;
  /** Default 1. */
  controllers?: number;
  lengthMs: number;
  callsPerSecond: number;
  people: number;
  strikes: Strike[];
  /** It goes on until so many commands were accepted… */
  commands?: number;
  /** …and so many builds submitted. */
  builds?: number;
}

export interface Outcome {
  violations: Violation[];
  /** One line for a person. */
  summary: string;
  /** Where the traces are, when there are violations. */
  kept: string | null;
}

export async function runCampaign(options: { rig: Rig; order: Order; keepIn: string; quietWithinMs: number; signal: AbortSignal; say(text: string): void }): Promise<Outcome> {
  const { rig, order, signal, say } = options;
  const historyFile = path.join(rig.dir, 'history.jsonl');
  const history = openHistory(historyFile);
  const observers = await startObservers({ rig, history });
  const workload = await startWorkload({ rig, history, seed: order.seed, callsPerSecond: order.callsPerSecond, people: order.people });
  let healedAt = 0;
  try {
    const ended = new AbortController();
    const over = AbortSignal.any([signal, ended.signal]);
    setMaxListeners(0, over); // every strike waits on it
    const lasts = (async (): Promise<void> => {
      await pause(order.lengthMs, undefined, { signal: over }).catch(() => undefined);
      const giveUpAt = Date.now() + order.lengthMs * 9;
      const enough = (): boolean => workload.counts().accepted >= (order.commands ?? 0) && workload.counts().submitted >= (order.builds ?? 0);
      while (!over.aborted && !enough()) {
        if (Date.now() > giveUpAt) throw new Error(`after ten times the time only this was done: ${JSON.stringify(workload.counts())}`);
        await pause(1000, undefined, { signal: over }).catch(() => undefined);
      }
    })();
    try {
      await Promise.all([strikeAll({ rig, history, faults: FAULTS, strikes: order.strikes, signal: over, say }), lasts]);
    } finally {
      ended.abort();
    }
    healedAt = Date.now();
  } finally {
    await workload.stop();
  }
  signal.throwIfAborted();
  const counts = workload.counts();
  say(`healed; ${counts.calls} calls, ${counts.accepted} accepted, ${counts.lost} without an answer; waiting for quiet`);
  const { quietAt, reasons } = await comesToRest(rig, options.quietWithinMs, say);
  signal.throwIfAborted();
  if (quietAt !== null) history.append({ kind: 'seen', what: 'quiet', afterMs: quietAt - healedAt, detail: '' });
  await observers.stop();
  history.close();
  say(quietAt === null ? 'it did not come to rest' : `quiet ${((quietAt - healedAt) / 1000).toFixed(1)} s after healing; looking at what is left`);

  const evidence = await collectEvidence({ rig, historyFile, healedAt, quietAt });
  const violations = [...reasons.map((says): Violation => ({ invariant: 'stuck', says })), ...(await uncaughtErrors(rig)), ...checkInvariants(evidence)];
  const summary = `seed ${order.seed}: ${counts.calls} calls, ${counts.accepted} accepted (${fates(evidence)}), ${order.strikes.length} faults, quiet after ${quietAt === null ? '(never)' : `${Math.round((quietAt - healedAt) / 1000)} s`}, ${violations.length} violations`;
  if (violations.length === 0) return { violations, summary, kept: null };

  const kept = path.join(options.keepIn, `seed-${order.seed}-${new Date(healedAt).toISOString().replace(/[:.]/g, '')}`);
  await mkdir(kept, { recursive: true });
  await keepTraces(rig, kept);
  await writeFile(path.join(kept, 'schedule.json'), JSON.stringify(order, null, 1));
  await writeFile(path.join(kept, 'evidence.json'), JSON.stringify({ ...evidence, history: undefined }, null, 1), { mode: 0o600 });
  await writeFile(path.join(kept, 'violations.txt'), violations.map((v) => `${v.invariant}: ${v.says}\n`).join(''));
  await copyFile(historyFile, path.join(kept, 'history.jsonl'));
  return { violations, summary, kept };
}

/** What became of the work: a campaign in which nothing gets done proves little. */
function fates({ db, edits }: Evidence): string {
  const count = (states: string[]): number => db.tasks.filter((t) => states.includes(t.state)).length;
  return `${db.tasks.length} builds: ${count(['submitted', 'deleted'])} ended, ${count(['cancelled'])} cancelled, ${count(['failed'])} failed; ${edits.length} edited disks`;
}

/** A daemon that ended because nobody had thought of something. (One that gave up on a database that was away for long is started again.) */
async function uncaughtErrors(rig: Rig): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const name of rig.daemons) {
    const log = await readFile(path.join(rig.logs, `${name}.log`), 'utf8');
    for (const line of log.split('\n').filter((l) => /"msg":"\w+: (uncaught error|unhandled rejection)"/.test(l))) found.push({ invariant: 'uncaught', says: `${name} ended: ${line.slice(0, 400)}` });
  }
  return found;
}
