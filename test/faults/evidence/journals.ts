// The command journals of the daemons, read beside the living daemon.
import { existsSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import type { JournalSeen } from './interface.ts';

function read<T>(dataDir: string, statement: string): T[] {
  const file = path.join(dataDir, 'journal.db');
  if (!existsSync(file)) return [];
  const db = new Database(file, { readonly: true });
  try {
    db.exec('PRAGMA busy_timeout = 2000');
    return db.prepare(statement).all() as T[];
  } finally {
    db.close();
  }
}

export function journalOf(dataDir: string): JournalSeen[] {
  return read<Record<string, unknown>>(dataDir, 'SELECT * FROM command ORDER BY at, id').map((row) => ({
    id: String(row['id']), tid: (row['tid'] as string | null) ?? null, jobId: String(row['job_id']), job: String(row['job']), op: row['op'] as 'do' | 'undo',
    attempt: Number(row['attempt']), state: String(row['state']), reported: Number(row['reported']) === 1,
  }));
}

/** Ended, and nobody confirmed yet that it was told. */
export const unreportedOf = (dataDir: string): string[] => read<{ id: string }>(dataDir, "SELECT id FROM command WHERE reported = 0 AND state IN ('done', 'failed')").map((row) => row.id);
