// How the CLC sees its daemons over time: state, registration and last beat, from the database. Written when state or registration changes.
import { rowsOf } from '../../support/leftovers.ts';
import type { History } from '../history.ts';

/** @returns what to call at every look */
export function watchDaemons(dbUrl: string, history: History): () => Promise<void> {
  const before = new Map<string, string>();
  return async () => {
    const rows = await rowsOf({ json: { dbUrl } }, 'SELECT id, name, state, epoch, lastBeatAt FROM daemons').catch(() => []); // the database is one of those that are killed
    for (const row of rows) {
      const seen = { id: String(row['id']), name: String(row['name']), state: String(row['state']), epoch: Number(row['epoch']), lastBeatAt: row['lastBeatAt'] === null ? null : Number(row['lastBeatAt']) };
      const told = `${seen.state} ${seen.epoch}`;
      if (before.get(seen.id) === told) continue;
      before.set(seen.id, told);
      history.append({ kind: 'seen', what: 'daemon', ...seen });
    }
  };
}
