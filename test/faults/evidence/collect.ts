// Looks at everything once, after the cloud has come to rest. What it finds also goes into a file beside the history when a folder to keep it is given.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { readHistory } from '../history.ts';
import type { Rig } from '../rig/interface.ts';
import { databaseOf } from './database.ts';
import { disksOf, editsOf } from './disks.ts';
import { guestsOf, processesOf } from './guests.ts';
import type { Evidence } from './interface.ts';
import { deadLettersOf, queuesOf } from './queues.ts';
import { secretsSeenIn } from './secrets.ts';

export interface Collected {
  rig: Rig;
  historyFile: string;
  healedAt: number;
  quietAt: number | null;
  /** `evidence.json` goes there. */
  keepIn?: string;
}

export async function collectEvidence({ rig, historyFile, healedAt, quietAt, keepIn }: Collected): Promise<Evidence> {
  const history = await readHistory(historyFile);
  const db = await databaseOf(rig.servers.dbUrl);
  const [queues, deadLetters, disks, guests, rules, redis, readiness] = await Promise.all([queuesOf(rig), deadLettersOf(rig), disksOf(rig), guestsOf(rig), rulesOf(rig), redisOf(rig.servers.redisUrl), readinessOf(rig)]);
  const processes = processesOf(rig.dir);
  const edits = await editsOf(rig, history, db.tasks);
  const evidence: Evidence = {
    seed: rig.seed, hypervisor: rig.hypervisor, healedAt, quietAt, history, db, queues, deadLetters, disks, guests, edits, processes, rules, redis, readiness,
    secretsSeen: await secretsSeenIn(rig, { deadLetters, processes, redis, db, history }),
  };
  if (keepIn) await writeFile(path.join(keepIn, 'evidence.json'), JSON.stringify(evidence, null, 1), { mode: 0o600 });
  return evidence;
}

const run = promisify(execFile);

/** Text of the packet rules: kept for the person who looks, nothing of ours makes rules yet. */
async function rulesOf(rig: Rig): Promise<Evidence['rules']> {
  const list = async (where: string, enter: string[]): Promise<Evidence['rules'][number]> => {
    const [command = 'nft', ...args] = [...enter, 'nft', 'list', 'ruleset'];
    return { where, rules: await run(command, args, { timeout: 10_000 }).then((r) => r.stdout, (e: unknown) => `not readable: ${String(e).slice(0, 200)}`) };
  };
  return Promise.all([list('host', []), ...rig.nodes.map((node) => list(node.registeredAs, ['ip', 'netns', 'exec', node.netns]))]);
}

async function redisOf(url: string): Promise<Evidence['redis']> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  try {
    const keys = await redis.keys('*');
    return await Promise.all(keys.map(async (key) => ({ key, value: (await redis.get(key).catch(() => null)) ?? '', ttlSeconds: await redis.ttl(key) })));
  } finally {
    redis.disconnect();
  }
}

async function readinessOf(rig: Rig): Promise<Evidence['readiness']> {
  return Promise.all(Object.entries(rig.cloud.json.daemons).map(async ([name, { url }]) => {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(10_000) }).then((r) => r.json() as Promise<{ ready: boolean; reasons: string[] }>, (e: unknown) => ({ ready: false, reasons: [String(e)] }));
    return { name, ready: answer.ready, reasons: answer.reasons };
  }));
}
