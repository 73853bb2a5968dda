// A daemon as people name it in an address: by its id, or by a name that only one has. Used by the routes of nodes.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { DaemonRow, Tx } from '../store/interface.ts';

/** @throws NOT_FOUND; BAD_REQUEST where several have the name */
export async function namedDaemon({ daemons }: Pick<Tx, 'daemons'>, idOrName: string): Promise<DaemonRow> {
  const byId = await daemons.daemon(idOrName);
  if (byId) return byId;
  const named = await daemons.daemonsNamed(idOrName);
  if (named.length > 1) throw new CloudError('BAD_REQUEST', say('severalDaemons', { name: idOrName, ids: named.map((row) => row.id).join(', ') }), { data: { fields: [{ field: 'id', message: 'give the id' }] } });
  if (!named[0]) throw new CloudError('NOT_FOUND', say('noDaemon', { id: idOrName }));
  return named[0];
}
