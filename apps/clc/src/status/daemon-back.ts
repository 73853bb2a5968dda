// A daemon is back: what waited for it goes on. Called when one registers, and when a node says that its libvirt answers again.
import type { SagaOrders } from '@educloud/saga';
import type { DaemonRow, Store, Tx } from '../store/interface.ts';

export interface DaemonBackDeps {
  store: Pick<Store, 'read'>;
  saga: Pick<SagaOrders<Tx>, 'onDaemonRegistered'>;
}

/** A node's commands go through its CC: with that one the nodes behind it can be reached again too. */
export async function daemonIsBack({ store, saga }: DaemonBackDeps, daemon: Pick<DaemonRow, 'id' | 'role'>): Promise<void> {
  await saga.onDaemonRegistered(daemon.id);
  if (daemon.role !== 'cc') return;
  // Only those: the cluster controller waits for its answer, and there may be thousands of idle ones.
  for (const node of await store.read.daemons.nodesAtWork(daemon.id)) await saga.onDaemonRegistered(node);
}
