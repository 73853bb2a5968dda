// "Only if nobody has changed it since": the revision somebody saw against the one that is. Used by the commands that change or delete such a thing.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';

/** Revisions of which one has to be the present one; null = any. */
export type SeenRevisions = readonly number[] | null;

/** @throws PRECONDITION_FAILED none of those seen is the present one */
export function requireRevision(row: { name: string; rev: number }, seen: SeenRevisions): void {
  if (seen && !seen.includes(row.rev)) throw new CloudError('PRECONDITION_FAILED', say('changedSince', { name: row.name, rev: row.rev }), { data: { rev: row.rev } });
}

/** Somebody changed it between our reading and our writing. */
export const changedMeanwhile = (row: { name: string; rev: number }): CloudError => new CloudError('CONFLICT', say('changedSince', { name: row.name, rev: row.rev + 1 }));
