// What daemons hold and nothing needs: the list for an administrator, and his word to remove one now.
import { inWords, OrphanView, page, RemoveOrphan, say } from '@educloud/contracts';
import type { Rest } from '@educloud/rest';
import { removeOrphan } from '../commands/orphan-remove.ts';
import type { Deps } from '../deps.ts';
import type { DaemonRow, OrphanRow } from '../store/interface.ts';
import { userOf } from './caller.ts';

export interface OrphanRouteDeps extends Pick<Deps, 'store' | 'saga' | 'now'> { graceMs: number }

export function orphanRoutes(rest: Rest, deps: OrphanRouteDeps): void {
  const { daemons, orphans } = deps.store.read;
  rest.route({ method: 'GET', path: '/clc/api/1.0/orphans', need: 'admin', summary: 'What daemons hold and nothing needs, and what becomes of it', reply: page(OrphanView) }, async () => {
    const rows = await orphans.orphans();
    const found = new Map((await daemons.daemonsByIds([...new Set(rows.map((row) => row.daemonId))])).map((row) => [row.id, row]));
    return { body: { items: rows.map((row) => view(row, found.get(row.daemonId), deps.graceMs)), next: null } };
  });
  rest.route({ method: 'POST', path: '/clc/api/1.0/orphans/remove', need: 'admin', summary: 'Remove one orphan now, also one that is kept', body: RemoveOrphan, reply: OrphanView, status: 202 }, async ({ body, caller }) => {
    const row = await removeOrphan(deps, body, userOf(caller).user);
    return { status: 202, body: view(row, (await daemons.daemon(row.daemonId)) ?? undefined, deps.graceMs) };
  });
}

const view = (row: OrphanRow, daemon: DaemonRow | undefined, graceMs: number): OrphanView => {
  const waits = row.kept ?? (daemon?.state === 'up' ? null : say('orphanDaemonAway'));
  return {
  daemonId: row.daemonId, daemonName: daemon?.name ?? row.daemonId, role: daemon?.role ?? '', kind: row.kind, name: row.name, what: inWords(row.what, 'en'), sizeBytes: row.sizeBytes, why: inWords(row.why, 'en'), since: row.since,
  removal: row.kept === null ? 'due' : 'kept', reason: waits ? inWords(waits, 'en') : '', dueAt: row.kept === null ? row.since + graceMs : null,
  said: { what: row.what, why: row.why, ...(waits ? { reason: waits } : {}) },
  };
};
