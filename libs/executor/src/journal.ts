// What the daemon was told and what came of it, in SQLite: on the disk before the bus gets its ack, read again when the same message
// comes twice. Whatever is noted in one turn of the event loop is one transaction, and many share one fsync. Used by the executor alone.
import Database from 'libsql';
import type { Envelope, WireError } from '@educloud/contracts';
import { createWalSync } from '@educloud/wal-sync';

export type EntryState = 'received' | 'running' | 'done' | 'failed';

export interface Entry {
  /** Message id. */
  id: string;
  tid: string | null;
  jobId: string;
  job: string;
  op: 'do' | 'undo';
  attempt: number;
  generation: number;
  state: EntryState;
  result: unknown;
  error: WireError | null;
}

export interface Journal {
  find(id: string): Entry | null;
  /** An undo of the job was received, whatever became of it. */
  undoSeen(jobId: string): boolean;
  /** Highest plan number seen under the key; 0 = none. */
  highestPlan(key: string): number;
  /** The same id again replaces the entry: it did not end the last time. */
  receive(entry: { envelope: Envelope; job: string; op: 'do' | 'undo'; attempt: number; state: EntryState; error?: WireError }, tombstone?: { key: string; plan: number }): void;
  running(id: string): void;
  end(id: string, outcome: { result: unknown } | { error: WireError }): void;
  /** Resolves when it is noted; a power cut may still take it back: then the result is told once more. */
  reported(id: string): Promise<void>;
  /** Resolves when every entry so far is on the disk: to be waited for before anybody is told of one. */
  lasting(): Promise<void>;
  unreported(): string[];
  /** Removes what was reported before `before`, and what nobody asked about since long before. */
  prune(before: number, longBefore: number): number;
  close(): Promise<void>;
}

interface Row { id: string; tid: string | null; job_id: string; job: string; op: 'do' | 'undo'; attempt: number; generation: number; state: EntryState; result: string | null; error: string | null }

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS command (
    id TEXT PRIMARY KEY, tid TEXT, job_id TEXT NOT NULL, job TEXT NOT NULL, op TEXT NOT NULL, attempt INTEGER NOT NULL, generation INTEGER NOT NULL,
    state TEXT NOT NULL, result TEXT, error TEXT, reported INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS command_job ON command (job_id, op);
  CREATE INDEX IF NOT EXISTS command_unreported ON command (at) WHERE reported = 0;
  CREATE TABLE IF NOT EXISTS tombstone (key TEXT PRIMARY KEY, plan INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
`;

export function openJournal(path: string, now: () => number): Journal {
  const db = new Database(path);
  const inWal = (db.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string }).journal_mode === 'wal';
  // In WAL mode the sync of each commit is ours, for many at once; without it (in memory) there is nothing to wait for.
  const wal = inWal ? createWalSync(path) : null;
  db.exec(`PRAGMA synchronous = ${inWal ? 'NORMAL' : 'FULL'}`);
  db.exec('PRAGMA busy_timeout = 2000');
  db.exec(SCHEMA);
  const find = db.prepare('SELECT * FROM command WHERE id = ?');
  const undoSeen = db.prepare("SELECT 1 AS seen FROM command WHERE job_id = ? AND op = 'undo' LIMIT 1");
  const highest = db.prepare('SELECT plan FROM tombstone WHERE key = ?');
  const insert = db.prepare('INSERT OR REPLACE INTO command (id, tid, job_id, job, op, attempt, generation, state, error, at) VALUES (?,?,?,?,?,?,?,?,?,?)');
  const bury = db.prepare('INSERT INTO tombstone (key, plan, at) VALUES (?,?,?) ON CONFLICT (key) DO UPDATE SET plan = max(plan, excluded.plan), at = excluded.at');
  const running = db.prepare("UPDATE command SET state = 'running' WHERE id = ?");
  const end = db.prepare('UPDATE command SET state = ?, result = ?, error = ?, reported = 0, at = ? WHERE id = ?');
  const reported = db.prepare('UPDATE command SET reported = 1 WHERE id = ?');
  const unreported = db.prepare("SELECT id FROM command WHERE reported = 0 AND state IN ('done','failed') ORDER BY at, id");
  const prune = db.prepare('DELETE FROM command WHERE (reported = 1 AND at < ?) OR at < ?');
  const pruneTombstones = db.prepare('DELETE FROM tombstone WHERE at < ?');

  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');

  /** Committed at the end of the turn in which it was begun. Rejects when that fails: then nothing of the turn was noted. */
  let turn: Promise<void> | null = null;
  let endTurn: () => void = () => undefined;
  const note = (write: () => void): void => {
    if (!turn) {
      begin.run([]);
      turn = new Promise((resolve, reject) => {
        endTurn = () => {
          clearImmediate(timer);
          turn = null;
          try {
            commit.run([]);
            resolve();
          } catch (e) {
            // A full disk ends the transaction by itself; then there is nothing to roll back.
            try { rollback.run([]); } catch { /* see above */ }
            reject(e instanceof Error ? e : new Error(String(e)));
          }
        };
        const timer = setImmediate(endTurn);
      });
      turn.catch(() => undefined); // who has to know waits for `lasting`
    }
    write();
  };

  return {
    find(id) {
      const row = find.get([id]) as Row | undefined;
      if (!row) return null;
      return {
        id: row.id, tid: row.tid, jobId: row.job_id, job: row.job, op: row.op, attempt: row.attempt, generation: row.generation, state: row.state,
        result: row.result === null ? undefined : JSON.parse(row.result), error: row.error === null ? null : (JSON.parse(row.error) as WireError),
      };
    },
    undoSeen: (jobId) => undoSeen.get([jobId]) !== undefined,
    highestPlan: (key) => (highest.get([key]) as { plan: number } | undefined)?.plan ?? 0,
    receive: ({ envelope, job, op, attempt, state, error }, tombstone) => note(() => {
      // First the tombstone: alone it does no harm, where a disk takes one of the two.
      if (tombstone) bury.run([tombstone.key, tombstone.plan, now()]);
      insert.run([envelope.id, envelope.tid, envelope.jobId, job, op, attempt, envelope.generation, state, error ? JSON.stringify(error) : null, now()]);
    }),
    running: (id) => note(() => running.run([id])),
    end(id, outcome) {
      const failed = 'error' in outcome;
      note(() => end.run([failed ? 'failed' : 'done', failed ? null : JSON.stringify(outcome.result ?? {}), failed ? JSON.stringify(outcome.error) : null, now(), id]));
    },
    async lasting() {
      await turn;
      await wal?.synced();
    },
    async reported(id) {
      note(() => reported.run([id]));
      await turn;
    },
    unreported: () => (unreported.all() as Array<{ id: string }>).map((row) => row.id),
    prune(before, longBefore) {
      pruneTombstones.run([longBefore]);
      return Number(prune.run([before, longBefore]).changes);
    },
    async close() {
      if (turn) endTurn();
      await wal?.close();
      db.close();
    },
  };
}
