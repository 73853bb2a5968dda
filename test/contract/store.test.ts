// The store of the CLC on both databases.
import { storeContract } from './store.contract.ts';
import { privateMariadb, sqliteFiles } from '../support/store-databases.ts';

storeContract('the store on SQLite', sqliteFiles());
storeContract('the store on MariaDB', privateMariadb());
