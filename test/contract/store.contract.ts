// What every Store promises, whatever database is below: one file per store. Run by store-mariadb.test.ts and store-sqlite.test.ts.
import type { Databases } from '../support/store-databases.ts';
import { accountsContract } from './store/accounts.ts';
import { batchesContract } from './store/batches.ts';
import { daemonsContract } from './store/daemons.ts';
import { eventsContract } from './store/events.ts';
import { historyContract } from './store/history.ts';
import { imagesContract } from './store/images.ts';
import { leasesContract } from './store/leases.ts';
import { ledgerContract } from './store/ledger.ts';
import { localDesktopsContract } from './store/local-desktops.ts';
import { networksContract } from './store/networks.ts';
import { osTypesContract } from './store/os-types.ts';
import { sagaContract } from './store/saga.ts';
import { settingsContract } from './store/settings.ts';
import { tasksContract } from './store/tasks.ts';
import { transactionsContract } from './store/transactions.ts';
import { userInstancesContract } from './store/user-instances.ts';
import { vmTypesContract } from './store/vm-types.ts';
import { storeScene } from './store/scene.ts';

export function storeContract(title: string, databases: Databases): void {
  describe(title, function () {
    this.timeout(30_000);
    const scene = storeScene(databases);
    for (const contract of [
      transactionsContract,
      accountsContract,
      daemonsContract,
      imagesContract,
      vmTypesContract,
      osTypesContract,
      ledgerContract,
      networksContract,
      localDesktopsContract,
      userInstancesContract,
      batchesContract,
      tasksContract,
      eventsContract,
      historyContract,
      settingsContract,
      sagaContract,
      leasesContract,
    ]) contract(scene);
  });
}
