// The CLC's database behind the Store interface. main opens it; commands, statuses and the saga use it; no other file of the CLC knows SQL.
import { openDatabase, type Database } from '@educloud/database';
import type { Logger } from '@educloud/log';
import { accountStore } from './accounts-store.ts';
import { batchStore } from './batch-store.ts';
import { daemonStore } from './daemon-store.ts';
import { entitiesOf } from './entities/index.ts';
import { eventStore, eventWrites, worthTelling } from './event-store.ts';
import { fenced } from './fence.ts';
import { historyStore } from './history-store.ts';
import { imageStore } from './image-store.ts';
import { instanceStore } from './instance-store.ts';
import type { Store, Tx } from './interface.ts';
import { leaseStore } from './lease-store.ts';
import { ledgerStore } from './ledger-store.ts';
import { localStore } from './local-store.ts';
import { migrations } from './migrations/index.ts';
import { networkStore } from './network-store.ts';
import { osTypeStore } from './os-type-store.ts';
import { orphanStore } from './orphan-store.ts';
import { sagaStore } from './saga-store.ts';
import type { Event, Session } from './session.ts';
import { settingStore } from './setting-store.ts';
import { tablesOf } from './tables.ts';
import { taskStore } from './task-store.ts';
import { ticketStore } from './ticket-store.ts';
import { createUnitOfWork } from './unit-of-work.ts';
import { userInstanceStore } from './user-instance-store.ts';
import { vmTypeStore } from './vm-type-store.ts';

export type * from './interface.ts';

export interface OpenStore {
  /** `mysql://user:password@host:port/database`, `sqlite:/path/file.db` or `sqlite::memory:` */
  url: string;
  log: Logger;
  now(): number;
  /** How long a database that is not up yet is waited for. Default 30 s. */
  waitMs?: number;
}

const partsOf = (session: Session): Tx => ({
  leases: leaseStore(session), tickets: ticketStore(session),
  accounts: accountStore(session), daemons: daemonStore(session), images: imageStore(session), instances: instanceStore(session), userInstances: userInstanceStore(session), local: localStore(session), batches: batchStore(session), ledger: ledgerStore(session),
  tasks: taskStore(session), networks: networkStore(session), vmTypes: vmTypeStore(session), osTypes: osTypeStore(session), orphans: orphanStore(session), events: eventStore(session), settings: settingStore(session), history: historyStore(session), saga: sagaStore(session),
});

/** @throws DATABASE_UNAVAILABLE it did not answer within `waitMs` */
export async function openStore({ url, log, now, waitMs }: OpenStore): Promise<Store> {
  const schema = { entities: (kind: 'mariadb' | 'sqlite') => Object.values(entitiesOf(kind)), migrations };
  const db = await openDatabase({ ...schema, url, log, ...(waitMs === undefined ? {} : { waitMs }) });
  const tables = tablesOf(db.kind);
  const listeners = new Set<() => void>();

  const over = (database: Database): Pick<Store, 'read' | 'transaction'> => {
    const inTransaction = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
      let wrote = false;
      const result = await database.transaction(async (sql) => {
        const noted: Event[] = [];
        const unit = createUnitOfWork(sql);
        const session: Session = { sql, tables, now, atomic: (inner) => inner(session), unit, note: (event) => void noted.push(event) };
        const answer = await work(session);
        wrote = noted.length > 0;
        sql.lastly([...unit.owed(), ...eventWrites(worthTelling(noted))]);
        return answer;
      });
      if (wrote) for (const listener of listeners) listener();
      return result;
    };
    const outside: Session = {
      sql: database.sql, tables, now, atomic: inTransaction, unit: null,
      note: () => { throw new Error('an event belongs into a transaction'); },
    };
    return { read: partsOf(outside), transaction: (work) => inTransaction((session) => work(partsOf(session))) };
  };

  const store: Store = {
    kind: db.kind,
    ...over(db),
    fenced: (fence) => ({ ...store, ...over(fenced(db, fence)) }),
    onEvents(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    check: () => db.check(),
    close: () => db.close(),
  };
  return store;
}
