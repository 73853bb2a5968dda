// The ways to an instance are opened and closed in the rows; its cluster controller is told by the jobs openAccess and closeAccess, and looks by itself every minute.
import type { JobParams } from '@educloud/contracts';
import type { JobDefinition } from '@educloud/saga';
import type { InstanceNetwork, Tx, UserInstanceRow } from '../store/interface.ts';
import { HOUR, patient } from '../jobs/discard.ts';
import type { OfGuest } from '../jobs/guest.ts';
import { hostnameOf } from './state.ts';

type Row = Pick<UserInstanceRow, 'id' | 'network'>;

/** Before openAccess is sent. Nothing where the cluster controller has nothing to do. */
export async function openWays(tx: Tx, row: Row & { name: string }, ncId: string, network: InstanceNetwork): Promise<void> {
  if (!network.byCluster) return;
  const open: InstanceNetwork = { ...network, open: true, accessRev: await tx.networks.raise(network.ccId) };
  await tx.networks.openAccess({ insId: row.id, ccId: network.ccId, ncId, hostname: hostnameOf(row.name, row.id), network: open });
  await tx.userInstances.setNetwork(row.id, open);
}

/** Its guest is off, or will be before anybody else gets its addresses. @returns whose cluster controller there is something to do for */
export async function closeWays(tx: Tx, { id, network }: Row): Promise<string | null> {
  if (!network?.open) return null;
  const accessRev = await tx.networks.raise(network.ccId);
  await tx.networks.closeAccess(id);
  await tx.userInstances.setNetwork(id, { ...network, open: false, accessRev });
  return network.ccId;
}

/** It is nowhere any more: its addresses rest until its cluster controller has forgotten them. */
export async function giveBackNetwork(tx: Tx, { id, network }: Row, now: number): Promise<void> {
  // Also what its row does not speak of is leased where it is placed.
  const ccId = network?.ccId ?? (await tx.instances.instance(id))?.ccId;
  if (!ccId) return;
  await closeWays(tx, { id, network });
  await tx.networks.giveBack(id, { rev: (await tx.networks.network(ccId))?.stateRev ?? 0, at: now });
  if (network) await tx.userInstances.setNetwork(id, null);
}

interface OfAccess extends OfGuest { row: UserInstanceRow }
const params = ({ row }: OfAccess): JobParams<'openAccess'> => ({ insId: row.id, rev: row.network?.accessRev ?? 0 });

/** Before the guest starts: it asks for its address when it boots. */
export const openAccess = (): JobDefinition<Tx, OfAccess> => ({
  name: 'openAccess',
  skip: ({ row }) => !row.network?.open,
  target: ({ row }) => row.network?.ccId ?? '',
  params,
  undo: 'remote',
  deadlineMs: 60_000,
  retry: { attempts: 3, backoffMs: 1000 },
});

/** After the rows were closed. Only forward: a cluster controller that is down is waited for. */
export const closeAccess = <C extends OfAccess>(): JobDefinition<Tx, C> => ({
  name: 'closeAccess',
  skip: ({ row }) => !row.network?.byCluster || row.network.accessRev === null,
  target: ({ row }) => row.network?.ccId ?? '',
  params,
  deadlineMs: HOUR,
  retry: patient,
});
