// The store of the CLC on MariaDB.
import { storeContract } from './store.contract.ts';
import { privateMariadb } from '../support/store-databases.ts';

storeContract('the store on MariaDB', privateMariadb());
