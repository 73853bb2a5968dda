// What the CLC keeps, and the only ways to change it: one file a store in ./interface, gathered here for whoever uses them.
// Every change is a compare-and-set: `false` or null means "not in the state you thought".
import type { CloudError } from '@educloud/errors';
import type { SagaStore, SagaTx } from '@educloud/saga';
import type { AccountStore } from './interface/accounts.ts';
import type { BatchStore } from './interface/batches.ts';
import type { DaemonStore } from './interface/daemons.ts';
import type { EventStore } from './interface/events.ts';
import type { HistoryStore } from './interface/history.ts';
import type { ImageStore } from './interface/images.ts';
import type { InstanceStore } from './interface/instances.ts';
import type { Fence, LeaseStore } from './interface/leases.ts';
import type { LedgerStore } from './interface/ledger.ts';
import type { LocalStore } from './interface/local-desktops.ts';
import type { NetworkStore } from './interface/networks.ts';
import type { OrphanStore } from './interface/orphans.ts';
import type { OsTypeStore } from './interface/os-types.ts';
import type { SettingStore } from './interface/settings.ts';
import type { TaskStore } from './interface/tasks.ts';
import type { TicketStore } from './interface/tickets.ts';
import type { UserInstanceStore } from './interface/user-instances.ts';
import type { VmTypeStore } from './interface/vm-types.ts';

export type * from './interface/accounts.ts';
export type * from './interface/batches.ts';
export type * from './interface/daemons.ts';
export type * from './interface/events.ts';
export type * from './interface/history.ts';
export type * from './interface/images.ts';
export type * from './interface/instances.ts';
export type * from './interface/leases.ts';
export type * from './interface/ledger.ts';
export type * from './interface/local-desktops.ts';
export type * from './interface/networks.ts';
export type * from './interface/orphans.ts';
export type * from './interface/os-types.ts';
export type * from './interface/page.ts';
export type * from './interface/settings.ts';
export type * from './interface/tasks.ts';
export type * from './interface/tickets.ts';
export type * from './interface/user-instances.ts';
export type * from './interface/vm-types.ts';

/** All stores, as one transaction sees them. */
export interface Tx {
  accounts: AccountStore;
  batches: BatchStore;
  daemons: DaemonStore;
  events: EventStore;
  history: HistoryStore;
  images: ImageStore;
  instances: InstanceStore;
  leases: LeaseStore;
  ledger: LedgerStore;
  local: LocalStore;
  networks: NetworkStore;
  orphans: OrphanStore;
  osTypes: OsTypeStore;
  saga: SagaTx;
  settings: SettingStore;
  tasks: TaskStore;
  tickets: TicketStore;
  userInstances: UserInstanceStore;
  vmTypes: VmTypeStore;
}

export interface Store extends SagaStore<Tx> {
  readonly kind: 'mariadb' | 'sqlite';
  /** Commits when `work` resolves, with the events of it. A lost race or a deadlock runs `work` again, so it changes nothing but the database. @throws DATABASE_UNAVAILABLE */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The same without a transaction, for single reads. */
  readonly read: Tx;
  /** The same database as one leader writes to it: refuses every change once the epoch has been replaced. */
  fenced(fence: Fence): Store;
  /** Called after a transaction with events has committed, in this process. Returns how to end it. */
  onEvents(listener: () => void): () => void;
  /** DATABASE_UNAVAILABLE → what /readyz says; null = fine. */
  check(): Promise<CloudError | null>;
  close(): Promise<void>;
}
